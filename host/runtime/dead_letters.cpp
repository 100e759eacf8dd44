#include "host/runtime/dead_letters.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

namespace reprise::runtime {
namespace {

using namespace std::chrono_literals;
constexpr auto kPause = 1s;
constexpr std::string_view kCutHeader = "__connect.errors.value.truncated";

std::string_view name_of(Stage stage) { return stage == Stage::Transformation ? "TRANSFORMATION" : "TASK_PUT"; }

}  // namespace

void DeadLetters::enter(FlightId id, Stage stage, const reprise_error& error) {
  Flight& flight = flights_.at(id);
  const std::string partition = std::to_string(flight.record->partition);
  const std::string offset = std::to_string(flight.offset);
  const auto header = [](std::string_view name, std::string_view value) -> reprise_header {
    return {text_of(name), bytes_of(value)};
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
  flight.copy = OwnedRecord::copy(*flight.record, headers);
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
    if (!delivered) {
      if (delivered.error().status == Status::Retriable) absence_.refused(delivered.error(), now);
      return delivered;
    }
    absence_.end();
    if (taken < count) not_before_ = now + 100ms;
  }
  return {};
}

bool DeadLetters::retry(FlightId id, reprise_status status, BootTime now) {
  --offered_;
  Flight& flight = flights_.at(id);
  if (status == REPRISE_PERMANENT) {
    const std::span<const reprise_header> headers(flight.record->headers, flight.record->header_count);
    const bool is_cut =
        std::any_of(headers.begin(), headers.end(), [](const reprise_header& h) { return view(h.name) == kCutHeader; });
    if (is_cut || flight.record->value.size <= kCutValueBytes) return false;
    reprise_record cut = *flight.record;
    cut.value.size = kCutValueBytes;
    const std::array flag = {reprise_header{text_of(kCutHeader), bytes_of("true")}};
    flight.copy = OwnedRecord::copy(cut, flag);
    flight.record = flight.copy->get();
  } else {
    not_before_ = now + kPause;
  }
  flight.state = Flight::State::DeadLetter;
  flights_.renew_handle(id);
  queue_.push_back(id);
  return true;
}

void DeadLetters::clear() {
  queue_.clear();
  offered_ = bytes_ = 0;
}

}  // namespace reprise::runtime
