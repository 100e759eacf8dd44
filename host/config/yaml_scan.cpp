#include "host/config/yaml_scan.hpp"

#include <algorithm>
#include <cstdio>

#include "host/base/utf8.hpp"
#include "host/config/yaml.hpp"

namespace reprise::config {
namespace {

constexpr auto kNone = std::string_view::npos;

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::vector<Finding> run() {
    std::size_t begin = 0;
    while (begin < text_.size() && !stopped_) {
      std::size_t end = std::min(text_.find('\n', begin), text_.size());
      const std::size_t next = end + 1;
      if (end > begin && text_[end - 1] == '\r') --end;
      line(begin, end);
      begin = next;
    }
    if (!open_.empty() && !stopped_) report(open_.back(), std::string(1, text_[open_.back()]) + " is never closed");
    return std::move(findings_);
  }

 private:
  void report(std::size_t at, std::string message) { findings_.push_back({at, std::move(message)}); }

  // Reports once and ends the scan: what follows would only repeat it.
  void stop(std::size_t at, std::string message) {
    report(at, std::move(message));
    stopped_ = true;
  }

  bool is_blank(std::size_t at, std::size_t end) const { return at >= end || text_[at] == ' '; }

  void line(std::size_t begin, std::size_t end) {
    std::size_t at = begin;
    while (at < end && text_[at] == ' ') ++at;
    if (at == end) return;
    const auto indent = static_cast<std::ptrdiff_t>(at - begin);
    if (is_block_scalar_ && indent > block_parent_) return;
    is_block_scalar_ = false;
    if (open_.empty() && indent == 0) {
      const auto mark = text_.substr(begin, std::min<std::size_t>(3, end - begin));
      if ((mark == "---" || mark == "...") && is_blank(begin + 3, end)) {
        if (mark == "---" && (has_content_ || has_document_)) return stop(begin, "second document; a file holds one");
        has_document_ = true;
        at = begin + 3;
      } else if (text_[at] == '%') {
        return stop(at, "directives are not supported");
      }
    }
    tokens(begin, at, end);
  }

  void tokens(std::size_t begin, std::size_t at, std::size_t end) {
    bool at_start = true;                            // of a token: only here do quotes and indicators mean something
    bool after_quote = false;                        // in flow, "a":b is a key and its value
    std::ptrdiff_t dash = -1, key = -1, first = -1;  // columns
    int dashes = 0;
    while (at < end && !stopped_) {
      const char c = text_[at];
      if (c == ' ') {
        ++at;
        continue;
      }
      if (c == '#' && (at == begin || text_[at - 1] == ' ')) return;
      has_content_ = true;
      const bool in_flow = !open_.empty();
      const auto column = static_cast<std::ptrdiff_t>(at - begin);
      if (at_start && c == '-' && is_blank(at + 1, end) && !in_flow) {
        dash = column;
        key = first = -1;
        if (++dashes > kMaxDepth) return stop(at, too_deep());
        ++at;
        continue;
      }
      if (first < 0) first = column;
      if (at_start && (c == '"' || c == '\'')) {
        const std::size_t close = find_closing_quote(text_, at);
        if (close == kNone) return report(at, "the text that starts with this quote is not closed on its line");
        at = close + 1;
        at_start = false;
        after_quote = true;
        continue;
      }
      if (at_start && (c == '&' || c == '*')) {
        report(at, "anchors and aliases are not supported; quote a text that begins with " + std::string(1, c));
        return;
      }
      if (at_start && c == '!') {
        report(at, "tags are not supported; quote a text that begins with !");
        return;
      }
      if (at_start && c == '?' && is_blank(at + 1, end)) return report(at, "complex keys (?) are not supported");
      if (at_start && (c == '|' || c == '>') && !in_flow) {
        is_block_scalar_ = true;
        block_parent_ = key >= 0 ? key : dash >= 0 ? dash : first - 1;
        return;
      }
      if (c == '{' && in_flow && text_[at - 1] == '$') {
        return report(at - 1, "a reference inside { } or [ ] must be quoted: \"${...}\"");
      }
      if ((c == '[' || c == '{') && (at_start || in_flow)) {
        open_.push_back(at++);
        if (open_.size() > static_cast<std::size_t>(kMaxDepth)) return stop(at - 1, too_deep());
        at_start = true;
        continue;
      }
      if (in_flow && (c == ']' || c == '}')) {
        const char opener = text_[open_.back()];
        if ((c == ']') != (opener == '[')) return stop(open_.back(), std::string(1, opener) + " is closed by " + c);
        open_.pop_back();
        ++at;
        at_start = false;
        after_quote = true;
        continue;
      }
      const bool is_flow_end = at + 1 < end && (text_[at + 1] == ',' || text_[at + 1] == ']' || text_[at + 1] == '}');
      if (c == ':' && (is_blank(at + 1, end) || (in_flow && (is_flow_end || after_quote)))) {
        key = first;
        at_start = true;
      } else {
        at_start = in_flow && c == ',';
      }
      after_quote = false;
      ++at;
    }
  }

  static std::string too_deep() { return "nested deeper than " + std::to_string(kMaxDepth) + " levels"; }

  const std::string_view text_;
  std::vector<Finding> findings_;
  std::vector<std::size_t> open_;  // positions of brackets that are open
  bool stopped_ = false;
  bool has_content_ = false;
  bool has_document_ = false;
  bool is_block_scalar_ = false;  // lines indented more than block_parent_ are its text
  std::ptrdiff_t block_parent_ = -1;
};

}  // namespace

std::size_t find_closing_quote(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (std::size_t i = at + 1; i < text.size() && text[i] != '\n'; ++i) {
    if (quote == '"' && text[i] == '\\') {
      if (i + 1 < text.size() && text[i + 1] == '\n') return kNone;
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 >= text.size() || text[i + 1] != quote) return i;
      ++i;  // '' stands for one quote
    }
  }
  return kNone;
}

std::vector<Finding> scan_structure(std::string_view text) { return Scanner(text).run(); }

std::vector<Finding> scan_characters(std::string_view text) {
  std::vector<Finding> findings;
  std::size_t line_begin = 0;
  bool has_tab = false;  // one finding a line
  for (std::size_t at = 0; at < text.size();) {
    const auto character = decode_utf8(text, at);
    if (character.size == 0) {
      findings.push_back({at, "not valid UTF-8 at byte " + std::to_string(at)});
      return findings;
    }
    if (character.code == '\n') {
      line_begin = at + 1;
      has_tab = false;
    } else if (character.code == '\t') {
      const bool is_indent = text.find_first_not_of(" \t", line_begin) > at;
      if (!has_tab)
        findings.push_back(
            {at, is_indent ? "tab used for indentation; use spaces" : "tab; use spaces, or \\t inside double quotes"});
      has_tab = true;
    } else if (is_unprintable(character.code) && !(character.code == '\r' && text.substr(at + 1, 1) == "\n")) {
      char name[16];
      std::snprintf(name, sizeof name, "U+%04X", static_cast<unsigned>(character.code));
      findings.push_back(
          {at, (character.code < 0xA0 ? "control character " : "character that hides or reorders text: ") +
                   std::string(name)});
      return findings;
    }
    at += character.size;
  }
  return findings;
}

}  // namespace reprise::config
