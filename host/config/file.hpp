#pragma once
#include <cstddef>
#include <filesystem>
#include <string>

#include "host/base/result.hpp"

namespace reprise::config {

/// Who else may touch a file that is read.
enum class FileRule { NotWritableByOthers, NotReadableByOthers };

/// The bytes of a regular file of at most max_bytes. The rule is checked on the open file, so that the file that is checked is
/// the one that is read. The message does not repeat the file's name.
Result<std::string> read_private_file(const std::filesystem::path& file, FileRule rule, std::size_t max_bytes);

/// Who else may look into or change the file, as far as that is worth a word. All empty if it cannot be asked.
struct Exposure {
  std::string readers;  ///< "others can read the file (mode 0644)"; empty: nobody else
  std::string writers;  ///< "it belongs to user 1000, ..." or "group 50 may write to it ..."; empty: nobody else
};
Exposure exposure(const std::filesystem::path& file);

}  // namespace reprise::config
