#pragma once
#include <cstddef>
#include <string_view>

namespace reprise::plugin {

/// From here on, a signal that ends the process (SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGSYS) first writes one line to
/// stderr: the plugin, its instance, the call and the signal; the process then ends by that signal as it would have. Call it once,
/// early, before threads. A stack that has overflown cannot run it: the process ends without the line.
void install_crash_guard();

/// Code from begin to end belongs to this plugin, for the life of the process: so that a crash in a thread of its own is named
/// as well. The first 128 are remembered. One call at a time.
void remember_plugin_code(const void* begin, const void* end, std::string_view plugin_id);

namespace detail {
struct CurrentCall {
  const char* instance = nullptr;
  const char* call = nullptr;
};
extern thread_local constinit CurrentCall current_call;
}  // namespace detail

/// Says which plugin call the thread is in, for the crash guard. Costs a few stores. Both texts must outlive the scope:
/// `const CallScope scope(instance->crash_name(), "deliver");`
class CallScope {
 public:
  CallScope(const char* instance, const char* call) noexcept : outer_(detail::current_call) {
    detail::current_call = {instance, call};
    // The handler runs on this thread: the compiler, not the processor, must not move the stores behind the call.
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
  }
  ~CallScope() {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    detail::current_call = outer_;
  }
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

 private:
  detail::CurrentCall outer_;
};

}  // namespace reprise::plugin
