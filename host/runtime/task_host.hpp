#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/plugin/host_services.hpp"
#include "host/plugin/instance.hpp"
#include "host/runtime/loop.hpp"
#include "host/runtime/measured.hpp"
#include "host/runtime/services.hpp"
#include "host/runtime/task.hpp"

namespace reprise::runtime {

/// What one plugin instance of a task may ask for: its logs, metrics, tables, its place on the shard's loop, and its part of
/// the task. Made before the instance, outlives it. attach() and detach() run on the shard's thread; between them the task is
/// there.
class TaskHost final : public plugin::HostServices, public Pumped {
 public:
  enum class Role : std::uint8_t { Source, Transform, Sink, DeadLetter };
  struct Identity {
    std::string connector;
    std::string instance;  ///< "live-delivery/sink"
    std::string plugin;    ///< its id: begins the names of its metrics
    Role role = Role::Source;
    std::size_t index = 0;  ///< among the transforms

    /// With the name that follows from the rest: "live-delivery/sink", "live-delivery/transform.1".
    static Identity of(const std::string& connector, const std::string& plugin, Role role, std::size_t index);
  };

  /// task_number: of a job, its place among those of its connector that run.
  TaskHost(Identity identity, std::uint32_t task_number, Services& services, Loop& loop);
  ~TaskHost() override;

  void attach(Task& task, plugin::Instance& instance);
  void detach();
  bool pump() override;

  bool log_enabled(std::int32_t level) noexcept override;
  void log(std::int32_t level, std::string_view message, std::span<const reprise_option> fields) noexcept override;
  std::int64_t now(std::int32_t clock) noexcept override;
  std::uint64_t metric(std::int32_t kind, std::string_view name, std::string_view help,
                       std::span<const reprise_option> labels) noexcept override;
  void measure(std::uint64_t metric, double value) noexcept override;
  void health(std::string_view subject, std::int32_t state, const reprise_error* why) noexcept override;
  Result<> watch(std::int32_t fd, std::uint32_t events) noexcept override;
  void wake_at(std::int64_t at_ns) noexcept override;
  void wake() noexcept override;
  void resume(std::uint64_t slot_or_group) noexcept override;
  std::uint64_t table(std::string_view name) noexcept override;
  void lookup(std::uint64_t table, std::span<const reprise_bytes> keys, reprise_row* out) noexcept override;
  void settle(std::span<const reprise_settlement> settlements) noexcept override;
  const reprise_record* detach(const reprise_record* record) noexcept override;
  std::int64_t lease_ns(std::uint32_t slot) noexcept override;
  Result<> state_write(std::span<const reprise_state_op> changes) noexcept override;
  std::int32_t state_get(std::uint32_t slot, reprise_bytes key, reprise_bytes* value) noexcept override;
  std::int32_t state_scan(std::uint32_t slot, reprise_bytes prefix, reprise_bytes after,
                          std::span<reprise_entry> out) noexcept override;

 private:
  const Identity identity_;
  const std::uint32_t task_number_;
  Services& services_;
  Loop& loop_;
  Measured measured_;
  tables::Snapshot tables_;
  BootTime tables_at_{};  // the turn in which it was taken
  Mutex health_mutex_;
  bool has_told_health_ GUARDED_BY(health_mutex_) = false;    // of itself
  std::set<std::string> troubles_ GUARDED_BY(health_mutex_);  // that it told of others: they go with this object
  std::atomic<Task*> task_{nullptr};
  Mutex foreign_mutex_;  // held by other threads while they use task_, and by detach while it takes it away
  plugin::Instance* instance_ = nullptr;
  std::optional<Loop::Timer> timer_;
  std::set<int> watched_;
  std::atomic<bool> is_woken_{false};
  Mutex resumed_mutex_;
  std::vector<std::uint64_t> resumed_ GUARDED_BY(resumed_mutex_);
  std::atomic<bool> is_resumed_{false};
  std::string read_value_;                                         // lent until the next state call
  std::vector<std::pair<std::string, std::string>> read_entries_;  // the same
};

}  // namespace reprise::runtime
