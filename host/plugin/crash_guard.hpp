#pragma once
#include <atomic>
#include <cstddef>
#include <string_view>

namespace reprise::plugin {

/// From here on, a signal that ends the process (SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGSYS) first writes one line to
/// stderr: the plugin, its instance, the call and the signal; the process then ends by that signal as it would have. Call it once,
/// early, before threads. A stack that has overflown cannot run it: the process ends without the line.
void install_crash_guard();

/// From here on, exit() within a plugin's call, or in a thread that is not the first, first writes such a line; the process then ends
/// with status 1, for nothing was drained. Call it after each plugin is loaded: it must run before what a plugin registers.
void install_exit_guard();

/// Code from begin to end belongs to this plugin, for the life of the process: so that a crash in a thread of its own is named
/// as well. The first 128 are remembered. One call at a time.
void remember_plugin_code(const void* begin, const void* end, std::string_view plugin_id);

namespace detail {
struct CurrentCall {
  std::atomic<const char*> instance{nullptr};
  std::atomic<const char*> call{nullptr};
};
extern thread_local constinit CurrentCall current_call;
}  // namespace detail

/// The plugin call that a thread is in, as another thread may see it: nullptr where it is in none. The texts are good while the call
/// lasts. Whoever keeps the pointer outlives the thread's use of it, not the thread.
inline const detail::CurrentCall* call_of_this_thread() noexcept { return &detail::current_call; }

/// Says which plugin call the thread is in, for the guards and the watchdog. Costs a few stores. Both texts must outlive the scope:
/// `const CallScope scope(instance->crash_name(), "deliver");`
class CallScope {
 public:
  CallScope(const char* instance, const char* call) noexcept
      : outer_instance_(detail::current_call.instance.load(std::memory_order_relaxed)),
        outer_call_(detail::current_call.call.load(std::memory_order_relaxed)) {
    set(instance, call);
    // The handler runs on this thread: the compiler, not the processor, must not move the stores behind the call.
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
  }
  ~CallScope() {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    set(outer_instance_, outer_call_);
  }
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

 private:
  static void set(const char* instance, const char* call) noexcept {
    detail::current_call.instance.store(instance, std::memory_order_relaxed);
    detail::current_call.call.store(call, std::memory_order_release);
  }

  const char* const outer_instance_;
  const char* const outer_call_;
};

}  // namespace reprise::plugin
