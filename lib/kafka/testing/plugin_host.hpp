#pragma once
#include <reprise/plugin.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace reprise::kafka::testing {

using Options = std::vector<std::pair<std::string, std::string>>;

/// A boot time `seconds` from now, for the boundary's deadlines.
std::int64_t deadline_ns(double seconds);

/// A host with one instance of a plugin, loaded as the real host does: dlopen of the shared object. The test's thread is
/// the shard. It keeps what the plugin tells.
class PluginHost {
 public:
  struct Health {
    std::int32_t state;
    std::string kind;
  };
  struct Settled {
    reprise_status status;
    std::string kind;
  };

  /// file: the plugin's shared object. Creates and starts the instance; throws std::runtime_error with its error if not.
  /// beside_start runs on a thread of its own while the instance starts.
  PluginHost(const std::string& file, const std::string& instance, const Options& options,
             const std::function<void(const reprise_plugin&, void* self)>& beside_start = {});
  /// Stops and destroys; expects both to succeed.
  ~PluginHost();
  PluginHost(const PluginHost&) = delete;
  PluginHost& operator=(const PluginHost&) = delete;

  const reprise_source_api& source() const { return *static_cast<const reprise_source_api*>(plugin_->api); }
  const reprise_sink_api& sink() const { return *static_cast<const reprise_sink_api*>(plugin_->api); }
  void* self() const { return self_; }

  /// Stops the instance before the destructor does.
  reprise_status stop();
  /// Serves descriptors and wakes until done() or the deadline; whether done().
  bool run_until(const std::function<bool()>& done, double seconds);
  /// Slots or groups the plugin resumed since the last call.
  std::set<std::uint64_t> take_resumed();
  std::map<std::uint64_t, Settled> settled();
  std::vector<Health> healths();
  std::size_t count_logs(const std::string& part);
  /// Calls of ready so far.
  std::size_t ready_count() const { return ready_count_; }

 private:
  struct Table;
  static PluginHost& of(const reprise_host* host) { return *static_cast<PluginHost*>(host->impl); }
  void serve(int timeout_ms);

  const reprise_plugin* plugin_ = nullptr;
  void* self_ = nullptr;
  std::string instance_;
  reprise_host host_{};
  int epoll_ = -1;
  int wake_fd_ = -1;
  std::size_t ready_count_ = 0;

  std::mutex mutex_;
  std::set<std::uint64_t> resumed_;
  std::map<std::uint64_t, Settled> settled_;
  std::vector<Health> healths_;
  std::vector<std::string> logs_;
  bool is_woken_ = false;
};

/// A plugin's options: `more`, for the cluster of KAFKA_BOOTSTRAP unless they name servers themselves.
Options cluster_options(Options more);

}  // namespace reprise::kafka::testing
