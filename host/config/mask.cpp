#include "host/config/mask.hpp"

#include <algorithm>

#include "host/base/text.hpp"

namespace reprise::config {
namespace {

constexpr std::size_t kMinSecret = 4;
constexpr std::size_t kMinLine = 8;  // of a value with several lines
constexpr std::size_t kMinCut = 8;   // of a value that the text cuts

// A text without what quoting and escaping add or change, so that a value and its escaped form look the same.
struct Skeleton {
  std::string bytes;
  std::vector<std::size_t> places;  // of each byte in the text
};

// How many bytes an escape such as \n, \x1b or \u001b takes; 1 for a backslash before anything else.
std::size_t escape_size(std::string_view text) {
  if (text.size() < 2) return 1;
  switch (text[1]) {
    case 'n':
    case 'r':
    case 't':
      return 2;
    case 'x':
      return std::min<std::size_t>(4, text.size());
    case 'u':
      return std::min<std::size_t>(6, text.size());
    default:
      return 1;
  }
}

Skeleton skeleton_of(std::string_view text) {
  Skeleton out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\\') {
      at += escape_size(text.substr(at));
      continue;
    }
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte > 0x20 && byte != 0x7f && byte != '"') {
      out.bytes += text[at];
      out.places.push_back(at);
    }
    ++at;
  }
  return out;
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
  const std::size_t size = std::min(a.size(), b.size());
  return static_cast<std::size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(size), b.begin()).first - a.begin());
}

}  // namespace

void Mask::add(std::span<const Option> options) {
  for (const Option& option : options) {
    if (!option.is_secret || option.is_public) continue;
    add_value(option.value, kMinSecret);
    if (option.value.find('\n') == std::string::npos) continue;
    for (const auto line : split(option.value, '\n')) add_value(line, kMinLine);
  }
}

void Mask::add_value(std::string_view value, std::size_t min_bytes) {
  std::string bytes = skeleton_of(value).bytes;
  if (bytes.size() >= min_bytes) secrets_.push_back(std::move(bytes));
}

std::string Mask::cover(std::string_view text) const {
  if (empty()) return std::string(text);
  const Skeleton skeleton = skeleton_of(text);
  const std::string_view bytes = skeleton.bytes;
  std::string out;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    std::size_t longest = 0;
    for (const std::string& secret : secrets_) {
      const std::size_t same = common_prefix(bytes.substr(at), secret);
      const std::string_view rest = bytes.substr(at + same);
      const bool is_cut = same >= kMinCut && (rest.empty() || rest.starts_with("..."));
      if (same == secret.size() || is_cut) longest = std::max(longest, same);
    }
    if (longest == 0) {
      ++at;
      continue;
    }
    out += text.substr(copied, skeleton.places[at] - copied);
    out += kMask;
    at += longest;
    copied = skeleton.places[at - 1] + 1;
  }
  return out += text.substr(copied);
}

}  // namespace reprise::config
