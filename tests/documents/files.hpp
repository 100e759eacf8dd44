#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace reprise::documents {

inline std::filesystem::path root() { return REPRISE_SOURCE_DIR; }

/// Empty if it is not there.
inline std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace reprise::documents
