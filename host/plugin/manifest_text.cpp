#include "host/plugin/manifest_text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "host/plugin/elf_file.hpp"

namespace reprise::plugin {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

FileIdentity identity_of(const struct stat& status) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = static_cast<std::uint64_t>(status.st_size),
          .modified_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
}

bool read_all(int fd, std::uint64_t offset, std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    offset += static_cast<std::uint64_t>(got);
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

Error refuse(const std::filesystem::path& file, std::string_view message) {
  return fatal("plugin.file",
               "plugin " + file.filename().string() + ": " + std::string(message) + " (" + file.string() + ")");
}

}  // namespace

Result<ManifestText> read_manifest_text(const std::filesystem::path& file) {
  // Nonblocking: a FIFO of this name must not hold up the start.
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.get() < 0) {
    return refuse(file, "cannot be opened: " + std::system_category().message(errno));
  }
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0)
    return refuse(file, "cannot be read: " + std::system_category().message(errno));
  if (S_ISDIR(status.st_mode)) return refuse(file, "not a shared library: it is a directory");
  if (!S_ISREG(status.st_mode)) return refuse(file, "not a shared library: it is no regular file");
  if ((status.st_mode & S_IWOTH) != 0) return refuse(file, "anybody may write to it; take that away with chmod o-w");

  const ByteSource source{.size = static_cast<std::uint64_t>(status.st_size),
                          .read = [&descriptor](std::uint64_t offset, std::span<std::uint8_t> out) {
                            return read_all(descriptor.get(), offset, out);
                          }};
  Result<std::string> text = read_elf_section(source, ".reprise_manifest");
  if (!text) return refuse(file, text.error().message);
  return ManifestText{.text = std::move(*text), .file = identity_of(status)};
}

Result<config::Manifest> read_manifest(const std::filesystem::path& file) {
  const Result<ManifestText> text = read_manifest_text(file);
  if (!text) return text.error();
  try {
    return config::parse_manifest(text->text, file.string());
  } catch (const config::ConfigError& error) {
    return fatal("plugin.manifest", "plugin " + file.filename().string() + ": its manifest is wrong: " + error.what());
  }
}

FileIdentity identify(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return identity_of(status);
}

}  // namespace reprise::plugin
