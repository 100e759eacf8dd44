#include "host/config/secrets.hpp"

#include <cstdlib>

#include "host/base/text.hpp"
#include "host/base/utf8.hpp"
#include "host/config/file.hpp"

namespace reprise::config {
namespace {

constexpr std::size_t kMaxSecretFileBytes = 1 << 20;
constexpr auto kNone = std::string_view::npos;

Error unresolved(std::string message) { return fatal("config.reference", std::move(message)); }

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
  if (find_invalid_utf8(*value) != kNone || value->find('\0') != kNone)
    return unresolved("reference " + shown + ": its value is not a UTF-8 text");
  return value;
}

}  // namespace

Result<std::string> SystemSecrets::from_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return unresolved("environment variable " + name + " is not set");
  return std::string(value);
}

Result<const SystemSecrets::File*> SystemSecrets::read(const std::filesystem::path& file) {
  if (const auto found = files_.find(file); found != files_.end()) return &found->second;
  auto text = read_private_file(file, FileRule::NotReadableByOthers, kMaxSecretFileBytes);
  if (!text.ok()) return unresolved("file " + file.string() + " " + text.error().message);
  File parsed{.text = *std::move(text), .values = {}, .repeated = {}};
  for (const auto line : split(parsed.text, '\n')) {
    const auto separator = line.find_first_of("=:");
    if (separator == kNone) continue;
    const std::string key(trim(line.substr(0, separator)));
    if (!parsed.values.emplace(key, trim(line.substr(separator + 1))).second) parsed.repeated.insert(key);
  }
  return &files_.emplace(file, std::move(parsed)).first->second;
}

Result<std::string> SystemSecrets::from_file(const std::filesystem::path& file, std::string_view key) {
  const MutexLock lock(mutex_);
  const auto content = read(file);
  if (!content.ok()) return content.error();
  const File& parsed = **content;
  if (key.empty()) return std::string(trim(parsed.text));
  if (parsed.repeated.contains(key))
    return unresolved("file " + file.string() + " has the key " + quoted(key) + " twice");
  const auto found = parsed.values.find(std::string(key));
  if (found == parsed.values.end())
    return unresolved("file " + file.string() + " has no line that begins with " + quoted(std::string(key) + "=") +
                      " or " + quoted(std::string(key) + ":"));
  return found->second;
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
    if (reference.find("${") != kNone)
      return unresolved("reference " + quoted(text.substr(at), 64) + " holds another one; references do not nest");
    auto value = resolve_reference(reference, secrets);
    if (!value.ok()) return value.error();
    out.text += *value;
    out.has_reference = true;
    at = close + 1;
  }
  return out;
}

}  // namespace reprise::config
