#pragma once
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "host/base/result.hpp"

namespace reprise::config {

/// Who else may touch a file that is read.
enum class FileRule { NotWritableByOthers, NotReadableByOthers };

/// What tells one state of a file from another without reading it.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
/// None: there is no such file, or it cannot be asked.
std::optional<FileStamp> stamp_of(const std::filesystem::path& file);

/// A regular file that is read piece by piece. Not thread-safe.
class PrivateFile {
 public:
  /// The rule is checked on the open file, so that the file that is checked is the one that is read. The message does not repeat
  /// the file's name.
  static Result<PrivateFile> open(const std::filesystem::path& file, FileRule rule, std::uint64_t max_bytes);
  PrivateFile(PrivateFile&& other) noexcept;
  PrivateFile& operator=(PrivateFile&&) = delete;
  ~PrivateFile();

  /// How many bytes were read into buffer; 0: the end.
  Result<std::size_t> read(std::span<char> buffer);
  FileStamp stamp() const;

 private:
  explicit PrivateFile(int fd) : fd_(fd) {}

  int fd_;
};

/// The bytes of a regular file of at most max_bytes, opened as above.
Result<std::string> read_private_file(const std::filesystem::path& file, FileRule rule, std::size_t max_bytes);

/// Who else may look into or change the file, as far as that is worth a word. All empty if it cannot be asked.
struct Exposure {
  std::string readers;  ///< "others can read the file (mode 0644)"; empty: nobody else
  std::string writers;  ///< "it belongs to user 1000, ..." or "group 50 may write to it ..."; empty: nobody else
};
Exposure exposure(const std::filesystem::path& file);

}  // namespace reprise::config
