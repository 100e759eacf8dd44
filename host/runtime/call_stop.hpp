#pragma once
#include "host/base/mutex.hpp"
#include "host/base/result.hpp"
#include "host/plugin/instance.hpp"

namespace reprise::runtime {

/// Ends the blocking calls of a control thread: a plugin that waits for a broker is told that it need not, and the calls after
/// that are not made. One control thread makes the calls; request() is for any thread. Outlives the pipelines that use it.
class CallStop {
 public:
  /// Idempotent. The instances that it meets in a call cannot be asked anything more: their pipeline is to be taken down.
  void request() {
    MutexLock lock(mutex_);
    is_requested_ = true;
    if (waiting_ != nullptr) waiting_->request_stop();
  }

  /// Around one call. Not OK: the stop came first, so do not call.
  class Scope {
   public:
    Scope(CallStop* stop, plugin::Instance& instance) : stop_(stop) {
      if (stop_ == nullptr) return;
      MutexLock lock(stop_->mutex_);
      is_stopped_ = stop_->is_requested_;
      if (!is_stopped_) stop_->waiting_ = &instance;
    }
    ~Scope() {
      if (stop_ == nullptr) return;
      MutexLock lock(stop_->mutex_);
      stop_->waiting_ = nullptr;
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    Result<> check() const {
      if (is_stopped_) return retriable("stopping", "not asked: a stop was requested");
      return {};
    }

   private:
    CallStop* const stop_;
    bool is_stopped_ = false;
  };

 private:
  Mutex mutex_;
  bool is_requested_ GUARDED_BY(mutex_) = false;
  plugin::Instance* waiting_ GUARDED_BY(mutex_) = nullptr;
};

}  // namespace reprise::runtime
