#include "host/runtime/dead_letters.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <utility>
#include <vector>

namespace reprise::runtime {
namespace {

using namespace std::chrono_literals;
constexpr auto kPause = 1s;
constexpr std::string_view kOurHeaders = "__connect.errors.";
constexpr std::string_view kCutHeader = "__connect.errors.value.truncated";

std::string_view name_of(Stage stage) { return stage == Stage::Transformation ? "TRANSFORMATION" : "TASK_PUT"; }

/// What the record carries beside our names: a reader takes the first header of a name, and must not take a producer's.
std::vector<reprise_header> own_headers(const reprise_record& record) {
  std::vector<reprise_header> own;
  for (std::uint32_t i = 0; i < record.header_count; ++i) {
    if (!view(record.headers[i].name).starts_with(kOurHeaders)) own.push_back(record.headers[i]);
  }
  return own;
}

}  // namespace

reprise_error error_of(const char* kind, std::string_view message) {
  reprise_error error{};
  std::snprintf(error.kind, sizeof error.kind, "%s", kind);
  std::snprintf(error.message, sizeof error.message, "%.*s", static_cast<int>(message.size()), message.data());
  return error;
}

void DeadLetters::enter(FlightId id, Stage stage, const reprise_error& error) {
  Flight& flight = flights_.at(id);
  const std::string partition = std::to_string(flight.record->partition);
  const std::string offset = std::to_string(flight.offset);
  const auto header = [](std::string_view name, std::string_view value) -> reprise_header {
    return {text_of(name), bytes_of(value), 0};
  };
  const std::array headers = {
      header("__connect.errors.topic", view(flight.record->topic)),
      header("__connect.errors.partition", partition),
      header("__connect.errors.offset", offset),
      header("__connect.errors.connector.name", connector_),
      header("__connect.errors.task.id", task_),
      header("__connect.errors.stage", name_of(stage)),
      header("__connect.errors.class.name", error.kind),
      header("__connect.errors.exception.class.name", error.kind),
      header("__connect.errors.exception.message", error.message),
  };
  const std::vector<reprise_header> own = own_headers(*flight.record);
  reprise_record letter = *flight.record;
  letter.headers = own.data();
  letter.header_count = static_cast<std::uint32_t>(own.size());
  flight.copy = OwnedRecord::copy(letter, headers);
  flight.record = flight.copy->get();
  flight.batch.reset();
  flight.state = Flight::State::DeadLetter;
  flights_.renew_handle(id);
  queue_.push_back(id);
  bytes_ += flight.bytes;
}

void DeadLetters::acknowledged(FlightId id) {
  --offered_;
  bytes_ -= flights_.at(id).bytes;
}

Result<> DeadLetters::offer(BootTime now, std::uint64_t room) {
  const std::uint64_t most = std::min(max_offered_, offered_ + room);
  while (!queue_.empty() && now >= not_before_ && now >= absence_.until() && offered_ < most) {
    std::array<const reprise_record*, 64> records{};
    const std::size_t count = std::min({records.size(), queue_.size(), static_cast<std::size_t>(most - offered_)});
    for (std::size_t i = 0; i < count; ++i) records[i] = flights_.at(queue_[i]).record;
    std::size_t taken = 0;
    const auto delivered = sink_.deliver(Records(records.data(), count), &taken);
    for (std::size_t i = 0; i < taken; ++i) flights_.at(queue_[i]).state = Flight::State::DeadLettering;
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(taken));
    offered_ += taken;
    if (taken != 0) has_flushed_ = false;
    if (!delivered) {
      if (delivered.error().status == Status::Retriable) absence_.refused(delivered.error(), now);
      return delivered;
    }
    absence_.end();
    if (taken < count) not_before_ = now + 100ms;
  }
  if (offered_ == 0 || std::exchange(has_flushed_, true)) return {};
  return sink_.flush(queue_.empty() ? REPRISE_FLUSH_IDLE : REPRISE_FLUSH_FULL, BootTime::max());
}

DeadLetters::Next DeadLetters::refused(FlightId id, reprise_status status, BootTime now, std::int64_t wall_ms) {
  --offered_;
  Flight& flight = flights_.at(id);
  Next next = Next::Again;
  if (status == REPRISE_FATAL) return Next::None;
  if (status != REPRISE_PERMANENT) {
    not_before_ = now + kPause;
  } else if (!cut_value(flight)) {
    if (!make_plain(flight, wall_ms)) return Next::None;
    next = Next::Plain;
  }
  flight.state = Flight::State::DeadLetter;
  flights_.renew_handle(id);
  queue_.push_back(id);
  return next;
}

// False: it is small, or cut already.
bool DeadLetters::cut_value(Flight& flight) {
  if (flight.record->value.size <= kCutValueBytes) return false;
  reprise_record cut = *flight.record;
  cut.value.size = kCutValueBytes;
  const std::array flag = {reprise_header{text_of(kCutHeader), bytes_of("true")}};
  flight.copy = OwnedRecord::copy(cut, flag);
  flight.record = flight.copy->get();
  return true;
}

// Topics refuse for what a record carries beside its value: a time too far from now, no key where keys are compacted,
// headers that are too large. False: it has been tried; a dead letter has headers until then.
bool DeadLetters::make_plain(Flight& flight, std::int64_t wall_ms) {
  if (flight.record->header_count == 0) return false;
  const std::string place = std::string(view(flight.record->topic)) + "-" + std::to_string(flight.record->partition) +
                            "-" + std::to_string(flight.offset);
  reprise_record plain = *flight.record;
  plain.headers = nullptr;
  plain.header_count = 0;
  plain.timestamp_ms = wall_ms;
  if (plain.key.data == nullptr) plain.key = bytes_of(place);
  flight.copy = OwnedRecord::copy(plain);
  flight.record = flight.copy->get();
  return true;
}

void DeadLetters::clear() {
  queue_.clear();
  offered_ = bytes_ = 0;
}

}  // namespace reprise::runtime
