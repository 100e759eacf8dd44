#include "tests/layering/source_tree.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace reprise::layering {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 9> kFolders = {"sdk",   "lib",   "host",  "plugins", "tests",
                                                      "bench", "cmake", "tools", ".ci"};
constexpr std::array<std::string_view, 8> kExtensions = {".c", ".cc", ".cpp", ".h", ".hpp", ".sh", ".cmake", ".S"};

bool ends_with_any(std::string_view path, const auto& endings) {
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view e) { return path.ends_with(e); });
}

/// A script without an extension says what it is in its first two bytes.
bool is_script(const fs::path& file) {
  if (file.has_extension()) return false;
  std::ifstream in(file, std::ios::binary);
  std::array<char, 2> first{};
  in.read(first.data(), first.size());
  return in && first[0] == '#' && first[1] == '!';
}

bool is_ours(const fs::path& file) {
  const std::string name = file.filename().string();
  if (name == "CMakeLists.txt" || name == "README.md" || name == "plugin.yaml") return true;
  return ends_with_any(name, kExtensions) || is_script(file);
}

std::string read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

/// The include of this line, or an empty name.
Include parse_include(std::string_view line, int number) {
  const auto skip_blanks = [&line] {
    const auto first = line.find_first_not_of(" \t");
    line.remove_prefix(first == std::string_view::npos ? line.size() : first);
  };
  skip_blanks();
  if (!line.starts_with('#')) return {};
  line.remove_prefix(1);
  skip_blanks();
  if (!line.starts_with("include")) return {};
  line.remove_prefix(7);
  skip_blanks();
  if (line.empty() || (line.front() != '"' && line.front() != '<')) return {};
  const bool quoted = line.front() == '"';
  const auto end = line.find(quoted ? '"' : '>', 1);
  if (end == std::string_view::npos) return {};
  return {std::string(line.substr(1, end - 1)), quoted, number};
}

void add_file(SourceTree& tree, const fs::path& root, const fs::path& file) {
  tree.files.push_back(parse_file(file.lexically_relative(root).generic_string(), read_text(file)));
}

}  // namespace

bool SourceFile::is_header() const { return path.ends_with(".h") || path.ends_with(".hpp"); }
bool SourceFile::is_cpp_or_c() const {
  return is_header() || path.ends_with(".cpp") || path.ends_with(".cc") || path.ends_with(".c");
}

const SourceFile* SourceTree::find(const std::string& path) const {
  const auto at = std::find_if(files.begin(), files.end(), [&](const SourceFile& f) { return f.path == path; });
  return at == files.end() ? nullptr : &*at;
}

SourceFile parse_file(std::string path, const std::string& text) {
  SourceFile file;
  file.path = std::move(path);
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    file.lines.push_back(line);
    Include include = parse_include(line, static_cast<int>(file.lines.size()));
    if (file.is_cpp_or_c() && !include.name.empty()) file.includes.push_back(std::move(include));
  }
  return file;
}

SourceTree read_tree(const fs::path& root) {
  SourceTree tree;
  for (const std::string_view folder : kFolders) {
    if (!fs::is_directory(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (entry.is_regular_file() && is_ours(entry.path())) add_file(tree, root, entry.path());
    }
  }
  for (const char* name : {"dev", "CMakeLists.txt"}) {
    if (fs::is_regular_file(root / name)) add_file(tree, root, root / name);
  }
  if (tree.files.empty()) throw std::runtime_error("no source files below " + root.string());
  std::sort(tree.files.begin(), tree.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return tree;
}

}  // namespace reprise::layering
