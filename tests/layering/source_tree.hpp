#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace reprise::layering {

/// One #include line: the name between the quotes or brackets, and whether it was quoted.
struct Include {
  std::string name;
  bool quoted = false;
  int line = 0;
};

/// One text file of the project, by its path from the root ("host/base/text.cpp").
struct SourceFile {
  std::string path;
  std::vector<Include> includes;
  std::vector<std::string> lines;

  bool is_header() const;
  bool is_cpp_or_c() const;
};

/// A copy of what the checks read; it does not follow later changes.
struct SourceTree {
  std::vector<SourceFile> files;

  const SourceFile* find(const std::string& path) const;
};

/// Reads every C, C++, shell, CMake and plugin.yaml file, and the names of the README files, below the project's
/// folders, and the script `dev`. Throws std::runtime_error when root holds none of them.
SourceTree read_tree(const std::filesystem::path& root);

/// A file made of text, as read_tree would return it.
SourceFile parse_file(std::string path, const std::string& text);

}  // namespace reprise::layering
