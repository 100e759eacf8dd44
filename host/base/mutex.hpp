#pragma once
#include <condition_variable>
#include <mutex>

// Clang's thread-safety annotations; libstdc++'s std::mutex carries none, so ours does.
#if defined(__clang__)
#define REPRISE_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define REPRISE_THREAD_ANNOTATION(x)
#endif
#define CAPABILITY(x) REPRISE_THREAD_ANNOTATION(capability(x))
#define SCOPED_CAPABILITY REPRISE_THREAD_ANNOTATION(scoped_lockable)
#define GUARDED_BY(x) REPRISE_THREAD_ANNOTATION(guarded_by(x))
#define REQUIRES(...) REPRISE_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) REPRISE_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) REPRISE_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define RELEASE(...) REPRISE_THREAD_ANNOTATION(release_capability(__VA_ARGS__))

namespace reprise {

/// std::mutex with annotations. Lock it with MutexLock.
class CAPABILITY("mutex") Mutex {
 public:
  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

/// Holds a Mutex for a scope.
class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// Waits on a Mutex; every wait has a deadline (wait_for, wait_until).
using ConditionVariable = std::condition_variable_any;

}  // namespace reprise
