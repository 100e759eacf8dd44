#include "tests/faulty_files/faulty_files.hpp"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace {

using namespace reprise::test;

std::mutex g_mutex;
char g_directory[4096];  // guarded by g_mutex
std::atomic<unsigned> g_calls = 0;
std::atomic<int> g_error = 0;
std::atomic<std::uint64_t> g_syncs = 0;
const char* g_control = nullptr;  // constant after begin()

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}
#define REAL(name) (*real<decltype(name)>(#name))

__attribute__((constructor)) void begin() {
  if (const char* directory = std::getenv("FAULTY_FILES"))
    std::snprintf(g_directory, sizeof g_directory, "%s", directory);
  g_control = std::getenv("FAULTY_FILES_CONTROL");
}

/// Takes what the control file says now.
void obey() {
  if (g_control == nullptr) return;
  static const auto open_file = real<int(const char*, int, ...)>("open");
  const int fd = open_file(g_control, O_RDONLY | O_CLOEXEC);
  char text[64] = {};
  int error = 0;
  unsigned calls = 0;
  if (fd < 0 || read(fd, text, sizeof text - 1) <= 0 || std::sscanf(text, "%d %u", &error, &calls) != 2) calls = 0;
  if (fd >= 0) close(fd);
  g_error = error;
  g_calls = calls;
}

bool is_below(const char* path) {
  const std::lock_guard lock(g_mutex);
  const std::size_t size = std::strlen(g_directory);
  return size != 0 && std::strncmp(path, g_directory, size) == 0 && (path[size] == '/' || path[size] == '\0');
}

bool is_below(int fd) {
  char link[64];
  char path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size <= 0) return false;
  path[size] = '\0';
  return is_below(path);
}

/// Must this call fail? Sets errno if so.
template <class File>
bool fails(unsigned kind, File file) {
  obey();
  if ((g_calls & kind) == 0 || !is_below(file)) return false;
  if ((kind & kNextSync) != 0 && (g_calls & kSyncs) == 0) g_calls &= ~static_cast<unsigned>(kNextSync);
  errno = g_error;
  return true;
}

unsigned kind_of(int flags) { return (flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0 ? kOpens | kCreates : kOpens; }

template <class Call>
int counted(int fd, Call call) {
  if (fails(kSyncs | kNextSync, fd)) return -1;
  const int result = call(fd);
  if (result == 0 && is_below(fd)) ++g_syncs;
  return result;
}

}  // namespace

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED void faulty_files_fail(const char* directory, unsigned calls, int error) {
  {
    const std::lock_guard lock(g_mutex);
    std::snprintf(g_directory, sizeof g_directory, "%s", directory);
  }
  g_error = error;
  g_calls = calls;
}
EXPORTED std::uint64_t faulty_files_syncs() { return g_syncs; }

EXPORTED int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return fails(kind_of(flags), path) ? -1 : REAL(open)(path, flags, mode);
}
EXPORTED int openat(int directory, const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  const bool must_fail = path[0] == '/' ? fails(kind_of(flags), path) : fails(kind_of(flags), directory);
  return must_fail ? -1 : REAL(openat)(directory, path, flags, mode);
}
EXPORTED DIR* opendir(const char* path) { return fails(kOpens, path) ? nullptr : REAL(opendir)(path); }
EXPORTED FILE* fopen(const char* path, const char* mode) {
  return fails(mode[0] == 'r' ? kOpens : kOpens | kCreates, path) ? nullptr : REAL(fopen)(path, mode);
}
EXPORTED int mkdir(const char* path, mode_t mode) noexcept {
  return fails(kCreates, path) ? -1 : REAL(mkdir)(path, mode);
}
EXPORTED int rename(const char* from, const char* to) noexcept {
  return fails(kCreates, to) ? -1 : REAL(rename)(from, to);
}
EXPORTED int unlink(const char* path) noexcept { return fails(kCreates, path) ? -1 : REAL(unlink)(path); }

EXPORTED ssize_t write(int fd, const void* bytes, size_t size) {
  return fails(kWrites, fd) ? -1 : REAL(write)(fd, bytes, size);
}
EXPORTED ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  return fails(kWrites, fd) ? -1 : REAL(pwrite)(fd, bytes, size, at);
}
EXPORTED int ftruncate(int fd, off_t size) noexcept { return fails(kWrites, fd) ? -1 : REAL(ftruncate)(fd, size); }
EXPORTED int fallocate(int fd, int mode, off_t at, off_t size) {
  return fails(kWrites, fd) ? -1 : REAL(fallocate)(fd, mode, at, size);
}
EXPORTED int fsync(int fd) { return counted(fd, REAL(fsync)); }
EXPORTED int fdatasync(int fd) { return counted(fd, REAL(fdatasync)); }
