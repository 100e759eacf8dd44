#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace reprise::documents {

inline std::filesystem::path root() { return REPRISE_SOURCE_DIR; }

/// Empty if it is not there.
inline std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// The code of the worker and its plugins, without tests.
inline std::vector<std::filesystem::path> sources() {
  std::vector<std::filesystem::path> found;
  for (const char* folder : {"host", "lib", "plugins"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root() / folder)) {
      const std::string path = entry.path().string();
      const bool is_code = entry.path().extension() == ".cpp" || entry.path().extension() == ".hpp";
      if (is_code && path.find("/tests/") == std::string::npos && path.find("/testing/") == std::string::npos)
        found.push_back(entry.path());
    }
  }
  return found;
}

}  // namespace reprise::documents
