#pragma once
#include <reprise/plugin.h>

#include <cstdint>
#include <filesystem>

#include "host/base/mutex.hpp"
#include "host/base/result.hpp"
#include "host/config/manifest.hpp"

namespace reprise::plugin {

/// The one object that all instances of a plugin share (reprise_host.shared). Thread-safe.
class SharedObject {
 public:
  using Make = void* (*)(void* argument);
  using Destroy = void (*)(void* object);

  /// Made by the first call. nullptr if make returned it; the next call then tries again. The caller counts as a user.
  void* acquire(Make make, Destroy destroy, void* argument);
  /// One user less; the last one's leaving destroys the object. REQUIRES: acquire gave this user an object.
  void release();

 private:
  Mutex mutex_;
  void* object_ GUARDED_BY(mutex_) = nullptr;
  Destroy destroy_ GUARDED_BY(mutex_) = nullptr;
  int users_ GUARDED_BY(mutex_) = 0;
};

/// A plugin whose code is in this process and was checked. Owned by the Registry; its code is never unloaded.
struct Loaded {
  const config::Manifest* manifest = nullptr;
  std::filesystem::path path;
  const reprise_plugin* entry = nullptr;
  mutable SharedObject shared;
};

/// Checks an entry against this host and its manifest's text: magic, struct_size, ABI, record_size, kind, functions that
/// may not be left out, manifest. The error (fatal, kind "plugin.abi") names the field that differs.
Result<> check_entry(const reprise_plugin& entry, const config::Manifest& manifest, std::string_view manifest_text);

}  // namespace reprise::plugin
