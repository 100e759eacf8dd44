#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "host/config/manifest.hpp"
#include "host/config/options.hpp"
#include "host/config/secrets.hpp"
#include "host/config/value.hpp"

namespace reprise::config {

/// Why a client property may not stand below `client:`; empty if it may.
using ClientRule = std::function<std::string(const std::string& property, const std::string& value)>;

/// The secrets that stand in files as they are: of each file the first one's place, and how many.
class LiteralSecrets {
 public:
  struct InFile {
    Location first;
    std::string path;
    std::size_t count = 0;
  };

  void add(const Location& where, const std::string& path) {
    InFile& file = files_[where.file];
    if (file.count++ == 0) file.first = where, file.path = path;
  }
  const std::map<std::string, InFile>& files() const { return files_; }

 private:
  std::map<std::string, InFile> files_;
};

/// What options may refer to, and where what is wrong with them goes.
struct CheckContext {
  Problems& problems;
  SecretSource& secrets;
  /// The clusters that are declared, each with its options without a prefix.
  const std::map<std::string, std::vector<Option>>* clusters = nullptr;
  /// The tables that are declared.
  const std::vector<std::string>* tables = nullptr;
  /// Judges what stands below client:; empty: nobody does.
  ClientRule client_rule = {};
  LiteralSecrets literal_secrets = {};
};

/// Judges the options "client.*" by the context's rule; what is wrong is added to context.problems, below path.
void check_client_options(const std::vector<Option>& options, const std::string& path, CheckContext& context);

/// The options in map, checked against object, flat, canonical and with defaults filled in, sorted by name. A key with dots means
/// the nested one ("endpoint.url"). What is wrong is added to context.problems, below path.
std::vector<Option> check_options(const Value& map, const OptionSpec& object, const std::string& path,
                                  CheckContext& context);

/// The same judgement of what strangers wrote: references, defaults and dots in keys mean nothing.
void check_literally(const Value& map, const OptionSpec& object, const std::string& path, CheckContext& context);

/// map with its dotted keys moved to where they belong in object; "tasks.max" is "tasks_max" if object has only that.
Value nest_dotted_keys(const Value& map, const OptionSpec& object, const std::string& path, Problems& problems);

/// " (did you mean "x"?)", or nothing.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace reprise::config
