#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>

#include "host/plugin/descriptor.hpp"

namespace reprise::plugin {

/// A plugin's file, open from before its check until its owner goes, so that no other file can have its number meanwhile.
/// Not opened for dlopen by that descriptor: "/proc/self/fd/7" would be the plugin's $ORIGIN, and its name in every debugger.
class CheckedFile {
 public:
  /// status: what fstat said before the check.
  CheckedFile(Descriptor descriptor, const struct stat& status);

  /// Does the path lead to this very file, and is it as it was then?
  bool is_at(const std::filesystem::path& path) const;
  /// Is what is mapped at this address this very file, and is it as it was then?
  bool is_mapped_at(const void* address) const;

 private:
  // The time of the last change of any kind, which nobody can set.
  struct Identity {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t changed_ns = 0;
    friend bool operator==(const Identity&, const Identity&) = default;
  };
  static Identity identity_of(const struct stat& status);

  Descriptor descriptor_;
  Identity identity_;
};

}  // namespace reprise::plugin
