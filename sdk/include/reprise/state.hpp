#pragma once
#include <reprise/host.hpp>

#include <array>
#include <optional>
#include <span>
#include <string_view>

namespace reprise {
inline namespace sdk {

/// A transform's durable state of one stream. All calls are [task] and join the stream's next commit: written in outcome(),
/// the very write that holds these outcomes; in apply(), not later than the outcomes of that call's records. A pointer and a
/// number in size. Views that a read returns last until the next state call or the end of the plugin's call. A change that
/// the host refuses is thrown as a Failure, which becomes the status of the plugin's call.
class State {
 public:
  State(Host host, std::uint32_t slot) noexcept : host_(host.raw()), slot_(slot) {}

  /// flags: REPRISE_STATE_TRAVELS: also in the progress record, so that the next owner has it at once (1 KiB a stream).
  void put(std::string_view key, std::string_view value, std::uint32_t flags = 0) const {
    write(REPRISE_STATE_PUT, key, value, flags);
  }
  /// To the end of the value that is there. A 0.2 host refuses it.
  void append(std::string_view key, std::string_view value) const { write(REPRISE_STATE_APPEND, key, value, 0); }
  void erase(std::string_view key) const { write(REPRISE_STATE_ERASE, key, {}, 0); }
  void erase_prefix(std::string_view prefix) const { write(REPRISE_STATE_ERASE_PREFIX, prefix, {}, 0); }

  /// May touch the disk: not for every record. None: no such key.
  Result<std::optional<std::string_view>> get(std::string_view key) const {
    reprise_bytes value{};
    const std::int32_t found = host_->state_get(host_, slot_, to_bytes(key), &value);
    if (found < 0) return retriable("state", "the state could not be read");
    if (found == 0) return std::optional<std::string_view>();
    return std::optional(to_view(value));
  }

  /// Entries whose keys begin with prefix and come after `after` (empty: from the first), ascending. Fills out from its
  /// front and returns how many; less than out.size(): these were the last.
  Result<std::size_t> scan(std::string_view prefix, std::string_view after, std::span<reprise_entry> out) const {
    const std::int32_t count = host_->state_scan(host_, slot_, to_bytes(prefix), to_bytes(after), out.data(),
                                                 static_cast<std::int32_t>(out.size()));
    if (count < 0) return retriable("state", "the state could not be read");
    return static_cast<std::size_t>(count);
  }

 private:
  void write(std::int32_t op, std::string_view key, std::string_view value, std::uint32_t flags) const {
    const reprise_state_op change{
        .slot = slot_, .op = op, .flags = flags, .reserved = 0, .key = to_bytes(key), .value = to_bytes(value)};
    reprise_error error{};
    const reprise_status status = host_->state_write(host_, &change, 1, &error);
    if (status != REPRISE_OK) throw Failure(status, error);
  }

  const reprise_host* host_;
  std::uint32_t slot_;
};

}  // namespace sdk
}  // namespace reprise
