#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/mutex.hpp"
#include "host/base/result.hpp"
#include "host/config/manifest.hpp"
#include "host/plugin/loaded.hpp"
#include "host/plugin/manifest_text.hpp"

namespace reprise::plugin {

/// The plugins that the directories of worker.plugin_path hold, by id. Reading them runs no plugin code; load does. One per
/// worker. Thread-safe once made.
class Registry {
 public:
  struct Plugin {
    config::Manifest manifest;
    std::filesystem::path path;
  };
  /// A file that looks like a plugin and is none that can be used.
  struct Problem {
    std::filesystem::path path;
    Error error;
  };

  /// Reads every *.so of the directories, in their order. Fatal with kind "plugin.path" if a directory cannot be read or anybody
  /// may write to it, or two files carry the same id. A file that cannot be used is no error: it is in problems().
  static Result<std::unique_ptr<Registry>> scan(std::span<const std::filesystem::path> directories);

  /// nullptr: there is none of this id.
  const Plugin* find(std::string_view id) const;
  /// By id.
  std::vector<const Plugin*> list() const;
  const std::vector<Problem>& problems() const { return problems_; }
  /// What works, and should be looked at: one sentence each, which names the plugin.
  const std::vector<std::string>& warnings() const { return warnings_; }
  /// For config::load: the manifest, or nullptr and the ids there are.
  const config::Manifest* lookup(std::string_view id, std::vector<std::string>* known_ids) const;

  /// Probes these plugins in one child, which is quicker than one by one in load. What does not pass is left to load, which
  /// then says why. Unknown ids are passed over. [control]
  void probe_together(std::span<const std::string> ids);

  /// The plugin's code in this process: probed in a child, opened, checked. The second call for an id gives the first one's
  /// answer. Takes up to 5 s (the probe's deadline). [control]
  Result<const Loaded*> load(std::string_view id);

 private:
  struct Entry {
    Plugin plugin;
    ManifestText text;
    std::unique_ptr<Loaded> loaded;
    bool is_probed = false;
  };

  Registry() = default;
  Result<> add_directory(const std::filesystem::path& directory);
  Result<> add_file(const std::filesystem::path& file);
  std::string unknown(std::string_view id) const;

  std::map<std::string, Entry, std::less<>> plugins_;  // constant after scan but for Entry::loaded and is_probed
  std::vector<Problem> problems_;                      // constant after scan
  std::vector<std::string> warnings_;                  // constant after scan
  Mutex mutex_;                                        // guards Entry::loaded and is_probed
};

}  // namespace reprise::plugin
