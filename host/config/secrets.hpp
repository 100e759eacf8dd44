#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "host/base/result.hpp"

namespace reprise::config {

/// Where the values of references come from. Asked anew at each load, so that SIGHUP sees rotated secrets. Thread-safe.
class SecretSource {
 public:
  virtual ~SecretSource() = default;
  /// ${env:NAME}
  virtual Result<std::string> from_environment(const std::string& name) = 0;
  /// ${file:path:key}: the value behind "key=" or "key: " in the file's lines; without a key the whole file, trimmed.
  virtual Result<std::string> from_file(const std::filesystem::path& file, std::string_view key) = 0;
};

/// The process' environment and file system. A file that others may read or write is refused.
class SystemSecrets final : public SecretSource {
 public:
  Result<std::string> from_environment(const std::string& name) override;
  Result<std::string> from_file(const std::filesystem::path& file, std::string_view key) override;
};

/// A text whose references were replaced.
struct Resolved {
  std::string text;
  bool has_reference = false;  ///< text must not be shown
};

/// Replaces ${env:X} and ${file:path:key} in text; "$${" stands for "${". What comes in is not looked at again. Errors name the
/// reference, never a value.
Result<Resolved> resolve(std::string_view text, SecretSource& secrets);

}  // namespace reprise::config
