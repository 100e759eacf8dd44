#pragma once
#include <reprise/plugin.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/base/address_check.hpp"
#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"
#include "host/base/result.hpp"
#include "host/config/mask.hpp"
#include "host/config/options.hpp"
#include "host/plugin/crash_guard.hpp"
#include "host/plugin/host_services.hpp"
#include "host/plugin/loaded.hpp"

namespace reprise::plugin {

/// One created plugin instance: from create to destroy. Owned by a task or connector; plugin and services outlive it.
/// Its functions keep the threads of plugin.h: one [control] and one [task] call at a time, create, start, stop and the
/// destructor alone. The record path calls the C tables directly, each call inside a CallScope:
///
///   const CallScope scope(instance.crash_name(), "deliver");
///   instance.sink()->deliver(instance.self(), ...);
class Instance {
 public:
  struct Setup {
    std::string name;                         ///< "live-delivery/sink", for logs
    std::string data_dir;                     ///< private directory, exists; empty: none
    std::uint64_t max_in_flight_bytes = 0;    ///< of a sink: what it has unsettled at most
    std::uint64_t max_in_flight_records = 0;  ///< the same
    OutgoingRules outgoing = {};              ///< the worker's; what a call allows is added
  };

  /// Calls create. The plugin's refusal keeps its status and kind, its option is in Error::option and the message begins with the
  /// instance's name.
  static Result<std::unique_ptr<Instance>> create(const Loaded& plugin, HostServices& services, Setup setup,
                                                  std::span<const config::Option> options);
  /// Stops if start was called and stop was not (without a deadline to speak of), destroys, gives its share of the shared object back.
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  /// Retriable: call again.
  Result<> start(BootTime deadline);
  /// [any-thread] Calls that wait return soon.
  void request_stop();
  /// Joins the plugin's threads. Idempotent: later calls return what the first one did. A plugin that hangs here hangs the
  /// caller: watch the deadline from elsewhere (OverrunGuard).
  Result<> stop(BootTime deadline);

  bool has_reconfigure() const { return plugin_.entry->reconfigure != nullptr; }
  /// Hot options have changed. Not OK: the instance goes on as it was, or must be made anew.
  Result<> reconfigure(std::span<const config::Option> options);
  /// Makes a call that has a status, under the crash guard; its failure begins with the instance's name and the call's. The storage
  /// for the error is cleared only when it was used: 512 bytes are much for a call that is made per batch.
  template <class Call>
  Result<> call(const char* name, Call&& make_call) const {
    static thread_local reprise_error error{};
    const CallScope scope(crash_name(), name);
    const reprise_status status = make_call(&error);
    if (status == REPRISE_OK) return {};
    Error result = failure(status, error, name);
    error = {};
    return result;
  }
  /// [task] Answers to watch, wake_at and wake; nothing if the plugin has no such function. Not OK: it cannot go on.
  Result<> ready(std::int32_t fd, std::uint32_t events);
  Result<> wake(std::int64_t now_ns);

  /// The failure of a call: `doing` may name the call. The message begins with the instance's name, and no value of an option that
  /// must not be shown is in it.
  Error failure(reprise_status status, const reprise_error& error, std::string_view doing = {}) const;

  /// A text of the plugin's without the values of options that must not be shown. [any-thread]
  std::string covered(std::string_view text) const;

  /// REPRISE_NEEDS_HEADERS, REPRISE_TAKES_VERIFY, REPRISE_TAKES_NOTICE
  std::uint32_t traits() const { return traits_; }
  const std::string& name() const { return setup_.name; }
  /// "sink-webhook (live-delivery/sink)", for CallScope.
  const char* crash_name() const { return crash_name_.c_str(); }
  const Loaded& plugin() const { return plugin_; }
  void* self() const { return self_; }

  /// The tables of its kind; nullptr for the others.
  const reprise_source_api* source() const { return api<reprise_source_api>(REPRISE_KIND_SOURCE); }
  const reprise_transform_api* transform() const { return api<reprise_transform_api>(REPRISE_KIND_TRANSFORM); }
  const reprise_sink_api* sink() const { return api<reprise_sink_api>(REPRISE_KIND_SINK); }

 private:
  friend struct HostTable;

  Instance(const Loaded& plugin, HostServices& services, Setup setup);
  void remember_secrets(std::span<const config::Option> options);

  template <class Api>
  const Api* api(std::int32_t kind) const {
    return plugin_.entry->kind == kind ? static_cast<const Api*>(plugin_.entry->api) : nullptr;
  }

  const Loaded& plugin_;
  HostServices& services_;
  const Setup setup_;
  const std::string crash_name_;
  mutable Mutex mask_mutex_;  // a plugin may log from any thread while it is reconfigured
  config::Mask mask_ GUARDED_BY(mask_mutex_);

  reprise_host host_{};
  void* self_ = nullptr;
  std::uint32_t traits_ = 0;
  bool is_created_ = false;
  bool is_started_ = false;  // start was called: there may be threads
  bool has_shared_ = false;
  bool is_stopped_ = false;
  Result<> stop_result_;
};

}  // namespace reprise::plugin
