#pragma once
#include <reprise/failure.hpp>
#include <reprise/fields.hpp>
#include <reprise/views.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace reprise {
inline namespace sdk {

enum class Level : std::int32_t {
  Debug = REPRISE_LOG_DEBUG,
  Info = REPRISE_LOG_INFO,
  Warn = REPRISE_LOG_WARN,
  Error = REPRISE_LOG_ERROR,
};

/// Handles of metrics; copy them freely, use them from any thread. A default one does nothing.
class Counter {
 public:
  Counter() = default;
  Counter(const reprise_host* host, std::uint64_t id) noexcept : host_(host), id_(id) {}
  void add(double amount = 1) const noexcept {
    if (host_ != nullptr) host_->measure(host_, id_, amount);
  }

 private:
  const reprise_host* host_ = nullptr;
  std::uint64_t id_ = 0;
};

class Gauge {
 public:
  Gauge() = default;
  Gauge(const reprise_host* host, std::uint64_t id) noexcept : host_(host), id_(id) {}
  void set(double value) const noexcept {
    if (host_ != nullptr) host_->measure(host_, id_, value);
  }

 private:
  const reprise_host* host_ = nullptr;
  std::uint64_t id_ = 0;
};

class Histogram {
 public:
  Histogram() = default;
  Histogram(const reprise_host* host, std::uint64_t id) noexcept : host_(host), id_(id) {}
  void observe(double value) const noexcept {
    if (host_ != nullptr) host_->measure(host_, id_, value);
  }

 private:
  const reprise_host* host_ = nullptr;
  std::uint64_t id_ = 0;
};

/// A row of a table: JSON with its secrets resolved, borrowed for the plugin's call. Keep what was parsed by version.
struct Row {
  std::string_view value;
  std::uint64_t version = 0;
};

/// A keyed look-up that the host keeps current. Empty (false) if it is not configured. One call of the plugin sees one
/// snapshot. [task]
class Table {
 public:
  Table() = default;
  Table(const reprise_host* host, std::uint64_t number) noexcept : host_(host), number_(number) {}
  explicit operator bool() const noexcept { return number_ != 0; }
  /// None: no such key. REQUIRES: the table is configured.
  std::optional<Row> find(std::string_view key) const noexcept {
    const reprise_bytes bytes = to_bytes(key);
    reprise_row row{};
    host_->lookup(host_, number_, &bytes, 1, &row);
    if (row.value.data == nullptr) return std::nullopt;
    return Row{to_view(row.value), row.version};
  }
  /// Many keys in one call: out[i] is keys[i]'s row, value.data NULL where there is none. REQUIRES: equal sizes.
  void find(std::span<const reprise_bytes> keys, std::span<reprise_row> out) const noexcept {
    host_->lookup(host_, number_, keys.data(), keys.size(), out.data());
  }

 private:
  const reprise_host* host_ = nullptr;
  std::uint64_t number_ = 0;
};

using Settlement = reprise_settlement;

/// The record has arrived; code: e.g. the HTTP status.
inline Settlement delivered(std::uint64_t handle, std::int32_t code = 0) noexcept {
  return {.handle = handle, .status = REPRISE_OK, .code = code, .error = nullptr};
}
/// The attempt ended as failure says (retriable, permanent, fatal, deferred). Borrows failure until settle returns.
inline Settlement failed(std::uint64_t handle, const Failure& failure) noexcept {
  return {.handle = handle, .status = failure.status(), .code = failure.error().code, .error = &failure.error()};
}

/// The host, as one instance sees it: a pointer in size, valid from create until destroy returns. The tags say which threads
/// may call (plugin.h): [control], [task] or [any-thread].
class Host {
 public:
  explicit Host(const reprise_host* host) noexcept : host_(host) {}

  /// "live-delivery/sink", for messages.
  std::string_view instance() const noexcept { return to_view(host_->instance); }
  /// Private, survives restarts; empty unless the manifest asks for it.
  std::string_view data_dir() const noexcept { return to_view(host_->data_dir); }
  /// The host offers a sink no more than these unsettled; one larger record goes alone. Who collects a batch sends it at flush.
  std::uint64_t max_in_flight_bytes() const noexcept { return host_->max_in_flight_bytes; }
  std::uint64_t max_in_flight_records() const noexcept { return host_->max_in_flight_records; }

  /// [any-thread]
  bool logs(Level level) const noexcept { return host_->log_enabled(host_, static_cast<std::int32_t>(level)) != 0; }
  /// One line with fields: `host.log(Level::Warn, "endpoint is down", {{"endpoint", url}, {"status", 503}});` [any-thread]
  void log(Level level, std::string_view message, std::initializer_list<Field> fields = {}) const noexcept {
    if (!logs(level)) return;
    std::array<reprise_option, 16> options;
    const std::size_t count = list_fields(fields, options);
    host_->log(host_, static_cast<std::int32_t>(level), to_text(message), options.data(), count);
  }

  /// [any-thread] The clock for decisions.
  std::int64_t boot_ns() const noexcept { return host_->now(host_, REPRISE_CLOCK_BOOT); }
  /// [any-thread] To show, sign or compare with event times, never to decide.
  std::int64_t wall_ms() const noexcept { return host_->now(host_, REPRISE_CLOCK_WALL) / 1'000'000; }

  /// [control] or [task]. The same name and labels give the same metric. Labels must be few: past the bound they count as "other".
  Counter counter(std::string_view name, std::string_view help,
                  std::initializer_list<Field> labels = {}) const noexcept {
    return {host_, metric(REPRISE_COUNTER, name, help, labels)};
  }
  Gauge gauge(std::string_view name, std::string_view help, std::initializer_list<Field> labels = {}) const noexcept {
    return {host_, metric(REPRISE_GAUGE, name, help, labels)};
  }
  Histogram histogram(std::string_view name, std::string_view help,
                      std::initializer_list<Field> labels = {}) const noexcept {
    return {host_, metric(REPRISE_HISTOGRAM, name, help, labels)};
  }

  /// [any-thread] state: REPRISE_UP, DEGRADED, DOWN, INVALID; subject: an endpoint, or empty for the whole instance.
  void health(std::string_view subject, std::int32_t state, const Failure* why = nullptr) const noexcept {
    host_->health(host_, to_text(subject), state, why != nullptr ? &why->error() : nullptr);
  }

  /// [task] ready(fd, events) is called while the descriptor is so, until unwatch(fd), which comes before close(fd).
  Result<> watch(std::int32_t fd, std::uint32_t events) const noexcept {
    reprise_error error{};
    const reprise_status status = host_->watch(host_, fd, events, &error);
    if (status == REPRISE_OK) return {};
    return Failure(status, error);
  }
  void unwatch(std::int32_t fd) const noexcept { host_->watch(host_, fd, 0, nullptr); }
  /// [task] wake(now) is called at this boot time; one timer, the last call counts; INT64_MAX: none.
  void wake_at(std::int64_t at_ns) const noexcept { host_->wake_at(host_, at_ns); }
  /// [any-thread] wake(now) is called soon; many become one.
  void wake() const noexcept { host_->wake(host_); }
  /// [any-thread] Source: this slot has data again. Sink: this group can take again (0: the sink).
  void resume(std::uint64_t slot_or_group) const noexcept { host_->resume(host_, slot_or_group); }

  /// [control]
  Table table(std::string_view name) const noexcept { return {host_, host_->table(host_, to_text(name))}; }

  /// [control] The one T of this plugin and worker: made by the first call, lent to all later ones, destroyed by the host
  /// after the last instance. make() returns std::unique_ptr<T>; what it throws is thrown here.
  template <class T, class Make>
  T& shared(Make&& make) const {
    struct Call {
      Make& make;
      std::exception_ptr thrown;
    } call{make, nullptr};
    void* object = host_->shared(
        host_,
        [](void* argument) noexcept -> void* {
          Call& inner = *static_cast<Call*>(argument);
          try {
            std::unique_ptr<T> made = inner.make();
            return made.release();
          } catch (...) {
            inner.thrown = std::current_exception();
            return nullptr;
          }
        },
        [](void* made) noexcept { delete static_cast<T*>(made); }, &call);
    if (call.thrown) std::rethrow_exception(call.thrown);
    if (object == nullptr) throw fatal("shared", "the plugin's shared object could not be made");
    return *static_cast<T*>(object);
  }

  /// [any-thread] May a socket of this instance go to this address (4 or 16 bytes, network order)? Ask with the address that
  /// the socket connects to. allow_cidrs: the instance's own option.
  Result<> check_address(std::span<const std::uint8_t> address, std::uint16_t port,
                         std::span<const reprise_text> allow_cidrs = {}) const {
    reprise_error error{};
    const reprise_status status = host_->check_address(host_, {address.data(), address.size()}, port,
                                                       allow_cidrs.data(), allow_cidrs.size(), &error);
    if (status == REPRISE_OK) return {};
    return Failure(status, error);
  }

  /// [any-thread] Exactly once per record taken; after it the bytes are gone.
  void settle(std::span<const Settlement> settlements) const noexcept {
    host_->settle(host_, settlements.data(), settlements.size());
  }
  void settle(const Settlement& settlement) const noexcept { host_->settle(host_, &settlement, 1); }
  /// [task] For a record that will be held for more than about a second: a copy in the host's memory that takes its place; the
  /// old view is dead.
  RecordView detach(RecordView record) const noexcept { return RecordView(host_->detach(host_, record.raw())); }
  /// [any-thread] Nothing of this stream may be sent, or still be under way, after this boot time. Ask before each send.
  std::int64_t lease_ns(std::uint32_t slot) const noexcept { return host_->lease_ns(host_, slot); }

  const reprise_host* raw() const noexcept { return host_; }

 private:
  std::uint64_t metric(std::int32_t kind, std::string_view name, std::string_view help,
                       std::initializer_list<Field> labels) const noexcept {
    std::array<reprise_option, 16> options;
    const std::size_t count = list_fields(labels, options);
    return host_->metric(host_, kind, to_text(name), to_text(help), options.data(), count);
  }

  const reprise_host* host_;
};

}  // namespace sdk
}  // namespace reprise
