#include "host/plugin/manifest_text.hpp"

#include <fcntl.h>
#include <reprise/plugin.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "host/plugin/elf_file.hpp"
#include "host/plugin/load_text.hpp"

namespace reprise::plugin {
namespace {

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

// The numbers of the interface that the file was built for: four words, of which the first never changes.
Result<> check_abi(const Result<std::string>& section) {
  const std::string wanted = std::to_string(REPRISE_ABI_MAJOR) + "." + std::to_string(REPRISE_ABI_MINOR);
  const std::string way_out = ", this host speaks " + wanted + "; build it against this host's SDK";
  if (!section) return fatal("plugin.abi", section.error().message + way_out);
  std::array<std::uint32_t, 4> words{};
  if (section->size() != sizeof words) return fatal("plugin.abi", "section .reprise_abi has no four numbers" + way_out);
  std::memcpy(words.data(), section->data(), sizeof words);
  const auto [magic, major, minor, record_size] = words;
  if (magic != REPRISE_ABI_MAGIC) return fatal("plugin.abi", "section .reprise_abi is not Reprise's" + way_out);
  if (major != REPRISE_ABI_MAJOR || minor != REPRISE_ABI_MINOR)
    return fatal("plugin.abi", "speaks ABI " + std::to_string(major) + "." + std::to_string(minor) + way_out);
  if (record_size != REPRISE_RECORD_SIZE)
    return fatal("plugin.abi", "its records have " + std::to_string(record_size) + " bytes" + way_out);
  return {};
}

}  // namespace

Result<ManifestText> read_manifest_text(const std::filesystem::path& file) {
  // Nonblocking: a FIFO of this name must not hold up the start.
  Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
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
  if (const Result<> fits = check_abi(read_elf_section(source, ".reprise_abi")); !fits) {
    Error refused = refuse(file, fits.error().message);
    refused.kind = fits.error().kind;
    return refused;
  }
  Result<std::vector<std::string>> exports = read_elf_exports(source);
  if (!exports) return refuse(file, exports.error().message);
  std::erase(*exports, kEntrySymbol);
  return ManifestText{.text = std::move(*text),
                      .extra_exports = std::move(*exports),
                      .file = CheckedFile(std::move(descriptor), status)};
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

}  // namespace reprise::plugin
