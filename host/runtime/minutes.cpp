#include "host/runtime/minutes.hpp"

#include <cstring>

#include "host/runtime/stream_key.hpp"

namespace reprise::runtime {
namespace {
constexpr std::size_t kFields = 5;
using Raw = std::array<std::uint64_t, kFields>;

Raw raw_of(const MinuteCounts::Counts& c) {
  return {c.delivered, c.duplicate, c.filtered, c.dead_lettered, c.absorbed};
}
}  // namespace

Result<MinuteCounts> MinuteCounts::load(const state::Store& store, const std::string& prefix) {
  MinuteCounts result;
  bool is_sound = true;
  const auto scanned = store.scan(prefix, {}, [&](std::string_view key, std::string_view value) {
    if (key.size() != prefix.size() + 8 || value.size() != sizeof(Raw)) {
      is_sound = false;
      return false;
    }
    std::uint64_t minute = 0;
    for (const char c : key.substr(prefix.size())) minute = (minute << 8) | static_cast<std::uint8_t>(c);
    Raw raw{};
    std::memcpy(raw.data(), value.data(), sizeof raw);
    result.minutes_[static_cast<std::int64_t>(minute)] = {raw[0], raw[1], raw[2], raw[3], raw[4]};
    return true;
  });
  if (!scanned) return scanned.error();
  if (!is_sound) return fatal("state.corrupt", "the counts by minute have a wrong length");
  return result;
}

void MinuteCounts::count(std::int64_t timestamp_ms, Outcome outcome) {
  const std::int64_t minute = timestamp_ms < 0 ? -1 : timestamp_ms / 60'000;
  Counts& counts = minutes_[minute];
  switch (outcome) {
    case Outcome::Delivered:
      ++counts.delivered;
      break;
    case Outcome::Duplicate:
      ++counts.duplicate;
      break;
    case Outcome::Filtered:
      ++counts.filtered;
      break;
    case Outcome::DeadLettered:
      ++counts.dead_lettered;
      break;
    case Outcome::Absorbed:
      ++counts.absorbed;
      break;
    case Outcome::Expired:
      return;
  }
  changed_.insert(minute);
}

void MinuteCounts::write(state::Batch& batch, const std::string& prefix) {
  for (const std::int64_t minute : changed_) {
    const Raw raw = raw_of(minutes_[minute]);
    batch.put(prefix + StreamKey::big_endian64(static_cast<std::uint64_t>(minute)),
              std::string(reinterpret_cast<const char*>(raw.data()), sizeof raw));
  }
  changed_.clear();
}

}  // namespace reprise::runtime
