#include "host/config/secrets.hpp"

#include <cstdlib>
#include <optional>

#include "host/base/text.hpp"
#include "host/base/utf8.hpp"
#include "host/config/file.hpp"

namespace reprise::config {
namespace {

constexpr std::size_t kMaxSecretFileBytes = 1 << 20;
constexpr auto kNone = std::string_view::npos;

Error unresolved(std::string message) { return fatal("config.reference", std::move(message)); }

// The value of a line "key=value" or "key: value"; empty if the line has another key.
std::optional<std::string_view> value_of(std::string_view line, std::string_view key) {
  line = trim(line);
  if (line.substr(0, key.size()) != key) return std::nullopt;
  const auto rest = trim(line.substr(key.size()));
  if (rest.empty() || (rest[0] != '=' && rest[0] != ':')) return std::nullopt;
  return trim(rest.substr(1));
}

// What stands between ${ and }.
Result<std::string> resolve_reference(std::string_view reference, SecretSource& secrets) {
  const std::string shown = quoted("${" + std::string(reference) + "}", 128);
  const auto colon = reference.find(':');
  const auto kind = reference.substr(0, colon);
  if (colon == kNone || (kind != "env" && kind != "file")) {
    return unresolved("unknown reference " + shown + "; write ${env:NAME} or ${file:path:key}, or $${ for the text ${");
  }
  const auto argument = reference.substr(colon + 1);
  if (argument.empty()) return unresolved("reference " + shown + " names nothing");

  Result<std::string> value = [&] {
    if (kind == "env") return secrets.from_environment(std::string(argument));
    const auto last = argument.rfind(':');
    if (last == kNone) return secrets.from_file(std::string(argument), "");
    return secrets.from_file(std::string(argument.substr(0, last)), argument.substr(last + 1));
  }();
  if (!value.ok()) return unresolved("reference " + shown + ": " + value.error().message);
  if (find_invalid_utf8(*value) != kNone || value->find('\0') != kNone) return unresolved("reference " + shown + ": its value is not a UTF-8 text");
  return value;
}

}  // namespace

Result<std::string> SystemSecrets::from_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return unresolved("environment variable " + name + " is not set");
  return std::string(value);
}

Result<std::string> SystemSecrets::from_file(const std::filesystem::path& file, std::string_view key) {
  const auto text = read_private_file(file, FileRule::NotReadableByOthers, kMaxSecretFileBytes);
  if (!text.ok()) return unresolved("file " + file.string() + " " + text.error().message);
  if (key.empty()) return std::string(trim(*text));
  std::optional<std::string_view> found;
  for (const auto line : split(*text, '\n')) {
    const auto value = value_of(line, key);
    if (!value) continue;
    if (found) return unresolved("file " + file.string() + " has the key " + quoted(key) + " twice");
    found = value;
  }
  if (!found) return unresolved("file " + file.string() + " has no line that begins with " + quoted(std::string(key) + "=") + " or " + quoted(std::string(key) + ":"));
  return std::string(*found);
}

Result<Resolved> resolve(std::string_view text, SecretSource& secrets) {
  Resolved out;
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at, 3) == "$${") {
      out.text += "${";
      at += 3;
      continue;
    }
    if (text.substr(at, 2) != "${") {
      out.text += text[at++];
      continue;
    }
    const auto close = text.find('}', at);
    if (close == kNone) return unresolved("reference " + quoted(text.substr(at), 64) + " has no closing }");
    const auto reference = text.substr(at + 2, close - at - 2);
    if (reference.find("${") != kNone) return unresolved("reference " + quoted(text.substr(at), 64) + " holds another one; references do not nest");
    auto value = resolve_reference(reference, secrets);
    if (!value.ok()) return value.error();
    out.text += *value;
    out.has_reference = true;
    at = close + 1;
  }
  return out;
}

}  // namespace reprise::config
