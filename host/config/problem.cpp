#include "host/config/problem.hpp"

#include <algorithm>
#include <tuple>

#include "host/base/text.hpp"
#include "host/base/utf8.hpp"

namespace reprise::config {
namespace {
// Nobody reads more, and a file of another format can hold thousands.
constexpr std::size_t kShownProblems = 100;
// More than are shown, because they are sorted afterwards.
constexpr std::size_t kKeptProblems = 1'000;

// Names out of a file may hold escaped line ends; a problem is one line.
std::string one_line(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto character = decode_utf8(text, at);
    const auto bytes = std::string_view(text).substr(at, std::max<std::size_t>(character.size, 1));
    if (character.size == 0 || is_unprintable(character.code)) {
      const std::string escaped = quoted(bytes);
      out += escaped.substr(1, escaped.size() - 2);
    } else {
      out += bytes;
    }
    at += bytes.size();
  }
  return out;
}

}  // namespace

std::string format(const Location& where) {
  std::string text = where.file;
  if (where.line > 0) text += ":" + std::to_string(where.line);
  if (where.line > 0 && where.column > 0) text += ":" + std::to_string(where.column);
  return text;
}

std::string format(const Problem& problem) {
  std::string text = format(problem.where);
  if (!text.empty()) text += ": ";
  if (!problem.path.empty()) text += problem.path + ": ";
  return text + problem.message;
}

ConfigError::ConfigError(std::vector<Problem> problems, std::size_t more)
    : problems_(std::move(problems)), more_(more) {
  for (std::size_t i = 0; i < std::min(problems_.size(), kShownProblems); ++i) {
    if (i > 0) text_ += '\n';
    text_ += format(problems_[i]);
  }
  if (count() > kShownProblems) text_ += "\nand " + std::to_string(count() - kShownProblems) + " more problems";
}

void Problems::add(Location where, std::string path, std::string message) {
  if (problems_.size() == kKeptProblems) {
    ++more_;
    return;
  }
  problems_.push_back({std::move(where), one_line(path), one_line(message)});
}

void Problems::add(const ConfigError& error) {
  problems_.insert(problems_.end(), error.problems().begin(), error.problems().end());
  more_ += error.count() - error.problems().size();
}

void Problems::throw_if_any() {
  if (problems_.empty()) return;
  std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.where.file, a.where.line, a.where.column) < std::tie(b.where.file, b.where.line, b.where.column);
  });
  throw ConfigError(std::move(problems_), more_);
}

}  // namespace reprise::config
