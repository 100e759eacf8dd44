#pragma once
#include <reprise/plugin.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "host/base/clock.hpp"
#include "host/runtime/batch.hpp"
#include "host/runtime/record.hpp"

namespace reprise::runtime {

struct Lane;
struct Endpoint;

/// Number of a flight in its table; 0 is none.
using FlightId = std::uint32_t;

/// Neighbours of a flight in a FlightList; 0 is none.
struct FlightLink {
  FlightId previous = 0, next = 0;
};

/// More transforms than this in one connector are refused.
inline constexpr std::size_t kMaxTransforms = 4;

/// One record between its reading and its final outcome. Owned by the task's FlightTable.
struct Flight {
  enum class State : std::uint8_t {
    Free,
    Judged,         ///< being looked at by the transforms
    Following,      ///< a copy: ends when the record it follows ends
    Waiting,        ///< behind another record of its lane
    Ready,          ///< may be offered to the sink
    Offered,        ///< the sink has it
    Parked,         ///< waits for its next attempt
    DeadLetter,     ///< on its way to the dead letter sink
    DeadLettering,  ///< the dead letter sink has it
    Failed,         ///< its task fails with it; it stays open
  };

  reprise_record* record = nullptr;  ///< in the batch, or in `copy`
  BatchRef batch;
  std::unique_ptr<OwnedRecord> copy;
  std::array<std::uint64_t, kMaxTransforms> tags{};
  Lane* lane = nullptr;
  Endpoint* endpoint = nullptr;
  BootTime admitted{};       ///< when the task took it
  BootTime offered{};        ///< Offered: when, by the clock of Offers
  BootTime due{};            ///< Parked: until when
  BootTime waits_since{};    ///< its first attempt, or when its endpoint first put it off; {}: neither yet
  std::int64_t since_s = 0;  ///< the same in seconds since 1970, for the next life
  std::uint64_t park_number = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = -1;
  std::uint64_t first_handle = 0;  ///< under which the transforms know it
  std::uint32_t generation = 0;    ///< half of the handle: a new attempt comes under a new handle
  std::uint32_t slot = 0;
  std::uint32_t bytes = 0;          ///< what it counts for in limits: size_of
  std::uint32_t payload_bytes = 0;  ///< key and value
  std::uint32_t attempts = 0;       ///< spent
  std::uint32_t followers = 0;      ///< copies that wait for its outcome
  FlightId older = 0, newer = 0;    ///< open flights of the stream, by offset (Ledger)
  FlightLink in_lane;               ///< Waiting
  FlightLink in_endpoint;           ///< Waiting, Parked: what its endpoint holds; Offered: what the sink has
  FlightId next_in_queue = 0;       ///< Following: the leader's followers
  FlightId first_follower = 0;
  State state = State::Free;
  bool is_deferred = false;  ///< Parked because its endpoint is busy, not because an attempt failed
  bool is_slow = false;      ///< Offered: counts for the half of those that hold up the others

  /// From here on the record has its own memory and pins no batch.
  void copy_out() {
    if (copy != nullptr) return;
    copy = OwnedRecord::copy(*record);
    record = copy->get();
    batch.reset();
  }
};

/// All flights of a task: stable addresses, handles that find them again and tell a stale one. Not thread-safe.
class FlightTable {
 public:
  FlightId take() {
    if (free_.empty()) grow();
    const FlightId id = free_.back();
    free_.pop_back();
    ++live_;
    return id;
  }
  /// The flight's handles become stale, its batch and copy are let go.
  void give_back(FlightId id) {
    Flight& flight = at(id);
    const std::uint32_t generation = flight.generation + 1;
    flight = Flight{};
    flight.generation = generation;
    free_.push_back(id);
    --live_;
  }
  Flight& at(FlightId id) { return chunks_[id / kChunk][id % kChunk]; }

  std::uint64_t handle_of(FlightId id) { return (static_cast<std::uint64_t>(at(id).generation) << 32) | id; }
  /// The next attempt: earlier handles of the flight become stale.
  void renew_handle(FlightId id) {
    Flight& flight = at(id);
    ++flight.generation;
    flight.record->handle = handle_of(id);
  }
  /// 0 for a handle that names no live flight.
  FlightId find(std::uint64_t handle) {
    const auto id = static_cast<FlightId>(handle);
    if (id == 0 || id >= chunks_.size() * kChunk) return 0;
    const Flight& flight = at(id);
    return flight.state != Flight::State::Free && flight.generation == handle >> 32 ? id : 0;
  }
  /// By the handle that the transforms know, whatever attempt it is in. 0: none.
  FlightId find_first(std::uint64_t handle) {
    const auto id = static_cast<FlightId>(handle);
    if (id == 0 || id >= chunks_.size() * kChunk) return 0;
    const Flight& flight = at(id);
    return flight.state != Flight::State::Free && flight.first_handle == handle ? id : 0;
  }
  std::size_t live() const { return live_; }
  /// After a rush: gives the memory back if nothing is in flight. Old handles stay stale.
  void shrink() {
    if (live_ != 0 || chunks_.size() <= kKeptChunks) return;
    for (FlightId id = 0; id < chunks_.size() * kChunk; ++id)
      first_generation_ = std::max(first_generation_, at(id).generation + 1);
    chunks_.clear();
    free_.clear();
    free_.shrink_to_fit();
  }
  /// Gives back all but those that a sink may still look at: their records stay lent until the table is destroyed.
  void clear_unlent() {
    for (FlightId id = 1; id < chunks_.size() * kChunk; ++id) {
      const Flight::State state = at(id).state;
      if (state != Flight::State::Free && state != Flight::State::Offered && state != Flight::State::DeadLettering)
        give_back(id);
    }
  }

 private:
  static constexpr FlightId kChunk = 256;
  static constexpr std::size_t kKeptChunks = 4;

  void grow() {
    const auto base = static_cast<FlightId>(chunks_.size()) * kChunk;
    chunks_.push_back(std::make_unique<Flight[]>(kChunk));
    for (FlightId i = kChunk; i-- > 0;) {
      at(base + i).generation = first_generation_;
      if (base + i != 0) free_.push_back(base + i);  // 0 is none
    }
  }

  std::vector<std::unique_ptr<Flight[]>> chunks_;
  std::vector<FlightId> free_;
  std::size_t live_ = 0;
  std::uint32_t first_generation_ = 0;
};

}  // namespace reprise::runtime
