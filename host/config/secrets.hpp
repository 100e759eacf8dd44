#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "host/base/mutex.hpp"
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

/// The process' environment and file system. A file that others may read or write is refused. Each file is read once in the
/// life of this object, which is one load: thousands of secrets may stand in one file.
class SystemSecrets final : public SecretSource {
 public:
  Result<std::string> from_environment(const std::string& name) override;
  Result<std::string> from_file(const std::filesystem::path& file, std::string_view key) override;

 private:
  struct File {
    std::string text;
    std::unordered_map<std::string, std::string> values;
    std::set<std::string, std::less<>> repeated;  ///< keys that stand there more than once
  };
  Result<const File*> read(const std::filesystem::path& file) REQUIRES(mutex_);

  Mutex mutex_;
  std::map<std::filesystem::path, File> files_ GUARDED_BY(mutex_);
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
