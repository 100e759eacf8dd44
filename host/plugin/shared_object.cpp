#include "host/plugin/loaded.hpp"

namespace reprise::plugin {

void* SharedObject::acquire(Make make, Destroy destroy, void* argument) {
  // Under the lock, so that two instances that start at once get the same object: both are on [control] threads, which may wait.
  const MutexLock lock(mutex_);
  if (object_ == nullptr) {
    object_ = make(argument);
    destroy_ = destroy;
  }
  if (object_ != nullptr) ++users_;
  return object_;
}

void SharedObject::release() {
  const MutexLock lock(mutex_);
  if (--users_ > 0) return;
  if (destroy_ != nullptr) destroy_(object_);
  object_ = nullptr;
}

}  // namespace reprise::plugin
