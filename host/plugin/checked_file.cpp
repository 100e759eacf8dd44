#include "host/plugin/checked_file.hpp"

#include <sys/mman.h>

#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>

namespace reprise::plugin {
namespace {

// What the kernel says of the file that is mapped at an address: device and inode. proc(5), /proc/pid/maps:
// "7f0000000000-7f0000001000 r--p 00000000 fe:01 1234   /path"
std::optional<std::string> file_mapped_at(const void* address) {
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0, end = 0;
    char device[32] = {}, inode[32] = {};
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " %*s %*s %31s %31s", &begin, &end, device, inode) != 4)
      continue;
    if (wanted >= begin && wanted < end) return std::string(device) + " " + inode;
  }
  return std::nullopt;
}

}  // namespace

CheckedFile::CheckedFile(Descriptor descriptor, const struct stat& status)
    : descriptor_(std::move(descriptor)), identity_(identity_of(status)) {}

CheckedFile::Identity CheckedFile::identity_of(const struct stat& status) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = static_cast<std::uint64_t>(status.st_size),
          .changed_ns = status.st_ctim.tv_sec * 1'000'000'000 + status.st_ctim.tv_nsec};
}

bool CheckedFile::is_at(const std::filesystem::path& path) const {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && identity_of(status) == identity_;
}

bool CheckedFile::is_mapped_at(const void* address) const {
  struct stat status {};
  if (::fstat(descriptor_.get(), &status) != 0 || identity_of(status) != identity_) return false;
  // Not compared with fstat's numbers: on overlayfs and btrfs a mapping has others. So with a mapping of our own.
  void* own = ::mmap(nullptr, 1, PROT_READ, MAP_PRIVATE, descriptor_.get(), 0);
  if (own == MAP_FAILED) return false;
  const auto ours = file_mapped_at(own);
  ::munmap(own, 1);
  return ours && file_mapped_at(address) == ours;
}

}  // namespace reprise::plugin
