#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "host/base/clock.hpp"
#include "host/runtime/flight.hpp"
#include "host/runtime/sink_absence.hpp"
#include "host/runtime/stages.hpp"

namespace reprise::runtime {

/// A failure that the host itself found, in the words of the boundary.
reprise_error error_of(const char* kind, std::string_view message);

/// Where in the pipeline a record failed, in Kafka Connect's words.
enum class Stage : std::uint8_t { Transformation, TaskPut };

/// The records on their way to the dead letter queue. A record stays open until the queue has acknowledged it: the
/// watermark does not pass before. While the queue is away they are kept and tried again; nothing is dropped.
/// Owned by its task, on the shard's thread.
class DeadLetters {
 public:
  /// max_offered: so many may be with the queue, without its acknowledgement.
  DeadLetters(FlightTable& flights, std::string connector, std::uint32_t task, Sink& sink, std::uint64_t max_offered,
              const config::RetryPolicy& retry)
      : flights_(flights),
        connector_(std::move(connector)),
        task_(std::to_string(task)),
        sink_(sink),
        max_offered_(max_offered),
        absence_(retry, task) {}

  /// Of what a task may have under way, so many may be with the queue.
  static std::uint64_t share_of(std::uint64_t max_in_flight) { return std::max<std::uint64_t>(1, max_in_flight / 4); }

  /// Takes the record over as a copy that carries Kafka Connect's error headers (KIP-298, __connect.errors.*).
  void enter(FlightId id, Stage stage, const reprise_error& error);
  /// Offers what is waiting, at most room records. Retriable: the sink is away, and is asked again in a while. Else not OK:
  /// it cannot go on.
  Result<> offer(BootTime now, std::uint64_t room);
  enum class Next : std::uint8_t {
    Again,  ///< it is tried again
    Plain,  ///< the same, in a form that every topic takes: a key, no headers, dated wall_ms, its value cut before
    None,   ///< it is refused in every form, or the queue cannot go on
  };
  /// An attempt was not acknowledged. REQUIRES: status is not OK.
  [[nodiscard]] Next refused(FlightId id, reprise_status status, BootTime now, std::int64_t wall_ms);
  void acknowledged(FlightId id);

  std::uint64_t waiting() const { return queue_.size(); }
  std::uint64_t offered() const { return offered_; }
  /// How many could be with the queue now, if there was room.
  std::uint64_t claimed() const { return std::min<std::uint64_t>(max_offered_, offered_ + queue_.size()); }
  /// When offer() has something to do, if there is room.
  BootTime next_due() const {
    return queue_.empty() || offered_ >= max_offered_ ? BootTime::max() : std::max(not_before_, absence_.until());
  }
  /// Is there room for more? Otherwise the task stops reading.
  bool has_room() const { return queue_.size() < kMaxWaiting && bytes_ < kMaxBytes; }
  void clear();

 private:
  bool cut_value(Flight& flight);
  bool make_plain(Flight& flight, std::int64_t wall_ms);

  static constexpr std::size_t kMaxWaiting = 1000;
  static constexpr std::uint64_t kMaxBytes = 16ULL << 20;  // waiting and offered: all are copies
  static constexpr std::size_t kCutValueBytes = 64 * 1024;

  FlightTable& flights_;
  const std::string connector_;
  const std::string task_;
  Sink& sink_;
  const std::uint64_t max_offered_;
  std::deque<FlightId> queue_;
  std::uint64_t offered_ = 0;
  std::uint64_t bytes_ = 0;
  bool has_flushed_ = true;  // since the sink was given something
  BootTime not_before_{};
  SinkAbsence absence_;
};

}  // namespace reprise::runtime
