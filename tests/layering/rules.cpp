#include "tests/layering/rules.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace reprise::layering {
namespace {

/// The house, bottom up: what each part may include directly. What stands behind these follows by itself.
const std::map<std::string, std::vector<std::string>>& house() {
  static const std::map<std::string, std::vector<std::string>> kHouse = {
      {"sdk", {}},
      {"lib/kafka", {"sdk"}},
      {"host/base", {}},
      {"host/telemetry", {"host/base"}},
      {"host/config", {"host/telemetry", "sdk"}},
      {"host/plugin", {"host/config", "sdk"}},
      {"host/state", {"host/telemetry"}},
      {"host/tables", {"host/config", "lib/kafka", "sdk"}},
      {"host/runtime", {"host/plugin", "host/state", "host/tables"}},
      {"host/coordination", {"host/state", "lib/kafka"}},
      {"host/replay", {"host/runtime", "host/coordination"}},
      {"host/rest", {"host/replay"}},
      {"host/cli", {"host/rest"}},
  };
  return kHouse;
}

struct Library {
  std::string_view prefix;          // of the include's name
  std::vector<std::string> owners;  // the parts that may include it
};

/// tests/ and bench/ may use any library: they check our use of it from outside.
const std::vector<Library>& libraries() {
  static const std::vector<Library> kLibraries = {
      {"rocksdb/", {"host/state"}},           {"yaml-cpp/", {"host/config"}},
      {"boost/beast", {"host/rest"}},         {"boost/asio", {"host/rest"}},
      {"librdkafka/", {"lib/kafka"}},         {"spdlog/", {"host/telemetry"}},
      {"prometheus/", {"host/telemetry"}},    {"CLI/", {"host/cli"}},
      {"mysql/", {"plugins/jobstore-mysql"}}, {"mariadb/", {"plugins/jobstore-mysql"}},
      {"ares.h", {"plugins/sink-webhook"}},
  };
  return kLibraries;
}

bool is_check_code(const std::string& part) { return part.starts_with("tests") || part.starts_with("bench"); }

std::string at(const SourceFile& file, int line) { return file.path + ":" + std::to_string(line) + ": "; }

/// Everything that `part` may include, by following the house down. nullopt when the part is not in the house.
std::optional<std::set<std::string>> reachable(const std::string& part) {
  if (part.starts_with("plugins/")) return std::set<std::string>{part, "lib/kafka", "sdk"};
  const auto found = house().find(part);
  if (found == house().end()) return std::nullopt;
  std::set<std::string> parts{part};
  for (const std::string& below : found->second) parts.merge(*reachable(below));
  return parts;
}

/// The file of the tree that an include names; nullptr for the system's and the compiler's.
const SourceFile* resolve_from_root(const SourceTree& tree, const Include& include) {
  if (include.name.starts_with("reprise/")) return tree.find("sdk/include/" + include.name);
  return include.quoted ? tree.find(include.name) : nullptr;
}

/// As the compiler does: also a name beside the including file, so that "../" is no way around the rules, or in the
/// plugin's own src/, which its tests are given.
const SourceFile* resolve(const SourceTree& tree, const SourceFile& from, const Include& include) {
  if (const SourceFile* file = resolve_from_root(tree, include); file != nullptr || !include.quoted) return file;
  const auto beside = std::filesystem::path(from.path).parent_path() / include.name;
  const SourceFile* file = tree.find(beside.lexically_normal().generic_string());
  const std::string own = from.path.substr(0, from.path.find('/', sizeof("plugins")));
  return file == nullptr && from.path.starts_with("plugins/") ? tree.find(own + "/src/" + include.name) : file;
}

const Library* library_of(const Include& include) {
  for (const Library& library : libraries()) {
    if (include.name.starts_with(library.prefix)) return &library;
  }
  return nullptr;
}

/// A third-party library named by this header or by a header of ours that it includes. lib/kafka is the one part
/// whose headers show their library: the zero-copy path hands librdkafka's messages on.
std::string shown_library(const SourceTree& tree, const SourceFile& header, std::set<std::string>& seen) {
  if (!seen.insert(header.path).second || part_of(header.path) == "lib/kafka") return {};
  for (const Include& include : header.includes) {
    if (const Library* library = library_of(include)) return std::string(library->prefix);
    const SourceFile* next = resolve(tree, header, include);
    if (next == nullptr) continue;
    if (std::string name = shown_library(tree, *next, seen); !name.empty()) return name;
  }
  return {};
}

}  // namespace

std::string part_of(const std::string& path) {
  const auto first = path.find('/');
  if (first == std::string::npos) return "";
  const std::string top = path.substr(0, first);
  if (top != "host" && top != "lib" && top != "plugins" && top != "tests") return top;
  const auto second = path.find('/', first + 1);
  const std::string part = second == std::string::npos ? top : path.substr(0, second);
  // The tests of a plugin or a library live with it, and look at it from outside.
  return path.compare(part.size(), 7, "/tests/") == 0 ? "tests/of-part" : part;
}

Findings check_directions(const SourceTree& tree) {
  Findings findings;
  for (const SourceFile& file : tree.files) {
    const std::string part = part_of(file.path);
    const bool apart = part == "tests/field";
    if ((is_check_code(part) && !apart) || !file.is_cpp_or_c()) continue;
    const auto allowed = apart ? std::set<std::string>{part} : reachable(part);
    if (!allowed) {
      findings.push_back(file.path + ":1: \"" + part + "\" is no part of the house (DESIGN section 2)");
      continue;
    }
    for (const Include& include : file.includes) {
      const SourceFile* target = resolve(tree, file, include);
      if (target == nullptr) continue;
      const std::string other = part_of(target->path);
      if (!allowed->contains(other)) {
        findings.push_back(at(file, include.line) + part + " must not know " + other + " (" + include.name + ")");
      }
    }
  }
  return findings;
}

Findings check_quoted_includes(const SourceTree& tree) {
  Findings findings;
  for (const SourceFile& file : tree.files) {
    const std::string part = part_of(file.path);
    const bool may_be_beside = is_check_code(part) || part.starts_with("plugins/");
    for (const Include& include : file.includes) {
      if (!include.quoted || resolve_from_root(tree, include) != nullptr) continue;
      if (may_be_beside && resolve(tree, file, include) != nullptr) continue;
      findings.push_back(at(file, include.line) + "\"" + include.name +
                         "\" names no file of the tree; write the path from its root, or <> for a library");
    }
  }
  return findings;
}

Findings check_third_party(const SourceTree& tree) {
  Findings findings;
  for (const SourceFile& file : tree.files) {
    const std::string part = part_of(file.path);
    if (is_check_code(part)) continue;
    for (const Include& include : file.includes) {
      const Library* library = library_of(include);
      if (library == nullptr) continue;
      const auto& owners = library->owners;
      if (std::find(owners.begin(), owners.end(), part) == owners.end()) {
        findings.push_back(at(file, include.line) + "<" + include.name + "> belongs behind " + owners.front());
      }
    }
  }
  return findings;
}

Findings check_private_headers(const SourceTree& tree) {
  Findings findings;
  for (const SourceFile& file : tree.files) {
    const std::string part = part_of(file.path);
    for (const Include& include : file.includes) {
      const SourceFile* header = resolve(tree, file, include);
      if (header == nullptr || is_check_code(part) || part_of(header->path) == part) continue;
      std::set<std::string> seen;
      const std::string library = shown_library(tree, *header, seen);
      if (!library.empty()) {
        findings.push_back(at(file, include.line) + include.name + " shows <" + library + "...> to " + part +
                           "; keep the library in the .cpp files of " + part_of(header->path));
      }
    }
  }
  return findings;
}

Findings check_lengths(const SourceTree& tree, const std::map<std::string, std::string>& reasons) {
  Findings findings;
  for (const SourceFile& file : tree.files) {
    const bool is_long = file.lines.size() > kMaxLines;
    const bool is_excepted = reasons.contains(file.path);
    if (is_long && !is_excepted) {
      findings.push_back(file.path + ":1: " + std::to_string(file.lines.size()) + " lines, the limit is " +
                         std::to_string(kMaxLines) + "; split it, or give the reason in tests/layering/long_files.txt");
    }
    if (!is_long && is_excepted) findings.push_back(file.path + ":1: needs its exception in long_files.txt no more");
  }
  for (const auto& [path, reason] : reasons) {
    if (tree.find(path) == nullptr) findings.push_back(path + ":1: excepted in long_files.txt, but not there");
  }
  return findings;
}

Findings check_form(const SourceTree& tree) {
  // In two halves, so that this file passes its own check.
  static const std::vector<std::string> kLeftovers = {std::string("TO") + "DO", std::string("FIX") + "ME"};
  Findings findings;
  std::set<std::string> needed;
  for (const SourceFile& file : tree.files) {
    const std::string part = part_of(file.path);
    if (part.starts_with("host/")) needed.insert(part + "/README.md");
    if (part.starts_with("plugins/")) needed.insert({part + "/README.md", part + "/plugin.yaml"});
    const bool has_once = std::find(file.lines.begin(), file.lines.end(), "#pragma once") != file.lines.end();
    if (file.path.ends_with(".hpp") && !has_once) findings.push_back(file.path + ":1: lacks #pragma once");
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      for (const std::string& word : kLeftovers) {
        if (file.lines[i].find(word) != std::string::npos) {
          findings.push_back(at(file, static_cast<int>(i) + 1) + word + ": finish it, or say why it is a limit");
        }
      }
    }
  }
  for (const std::string& path : needed) {
    if (tree.find(path) == nullptr) findings.push_back(path + ":1: is missing");
  }
  return findings;
}

std::map<std::string, std::string> read_reasons(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  std::map<std::string, std::string> reasons;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    const auto colon = line.find(": ");
    if (colon == std::string::npos || colon + 2 >= line.size()) {
      throw std::runtime_error(file.string() + ": no reason in \"" + line + "\"");
    }
    reasons[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return reasons;
}

}  // namespace reprise::layering
