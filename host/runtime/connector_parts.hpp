#pragma once
#include <memory>
#include <set>
#include <string>

#include "host/runtime/connector.hpp"
#include "host/runtime/shard_place.hpp"

// What a connector is made of, for its own files.

namespace reprise::runtime {

struct Connector::Event {
  enum class Kind : std::uint8_t { Failed, Drained };
  Kind kind;
  std::uint32_t unit;
  Error error;
  bool is_clean = true;
};

/// Brings a task's news from its shard to the control thread.
class Connector::Listener final : public TaskListener {
 public:
  Listener(Connector& connector, std::uint32_t unit) : connector_(connector), unit_(unit) {}
  void stream_ended(const StreamStatus&) override {}  // live streams have no end
  void task_failed(const Error& error) override { tell({Event::Kind::Failed, unit_, error}); }
  void task_drained(bool is_clean) override { tell({Event::Kind::Drained, unit_, {}, is_clean}); }

 private:
  void tell(Event event) {
    MutexLock lock(connector_.mutex_);
    connector_.events_.push_back(std::move(event));
    connector_.changed_.notify_all();
  }
  Connector& connector_;
  const std::uint32_t unit_;
};

struct Connector::Unit {
  Unit(Connector& connector, std::uint32_t unit_number)
      : number(unit_number), place(ShardPlace::on_least_loaded(connector.shards_)), listener(connector, unit_number) {}

  const std::uint32_t number;
  const ShardPlace place;
  Listener listener;
  std::unique_ptr<Pipeline> pipeline;
  std::set<TopicPartition> open;
  std::uint32_t failures = 0;  // in a row, without progress
  std::uint32_t restarts = 0;
  std::string trial;          // why it is started again
  std::int64_t progress = 0;  // sum of the watermarks when it was started
  BootTime start_at{};        // when it is to be started; max(): not
  bool is_draining = false;
};

}  // namespace reprise::runtime
