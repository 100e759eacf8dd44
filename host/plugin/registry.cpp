#include "host/plugin/registry.hpp"

#include <dlfcn.h>
#include <link.h>
#include <sys/stat.h>

#include <algorithm>
#include <system_error>

#include "host/base/failpoint.hpp"
#include "host/base/text.hpp"
#include "host/plugin/crash_guard.hpp"
#include "host/plugin/load_text.hpp"
#include "host/plugin/probe.hpp"

namespace reprise::plugin {
namespace {

Error bad_path(const std::string& message) { return fatal("plugin.path", "worker.plugin_path: " + message); }

// Where the loaded object's code lies, for the crash guard.
void remember_code(const reprise_plugin* entry, std::string_view id) {
  struct Search {
    std::uintptr_t wanted;
    std::string_view id;
  } search{reinterpret_cast<std::uintptr_t>(entry), id};
  ::dl_iterate_phdr(
      [](dl_phdr_info* object, std::size_t, void* argument) {
        const Search& looked_for = *static_cast<Search*>(argument);
        std::uintptr_t begin = UINTPTR_MAX, end = 0;
        for (int i = 0; i < object->dlpi_phnum; ++i) {
          const auto& segment = object->dlpi_phdr[i];
          if (segment.p_type != PT_LOAD) continue;
          begin = std::min(begin, object->dlpi_addr + segment.p_vaddr);
          end = std::max(end, object->dlpi_addr + segment.p_vaddr + segment.p_memsz);
        }
        if (looked_for.wanted < begin || looked_for.wanted >= end) return 0;
        remember_plugin_code(reinterpret_cast<const void*>(begin), reinterpret_cast<const void*>(end), looked_for.id);
        return 1;
      },
      &search);
}

}  // namespace

Result<std::unique_ptr<Registry>> Registry::scan(std::span<const std::filesystem::path> directories) {
  std::unique_ptr<Registry> registry(new Registry());
  for (const std::filesystem::path& directory : directories) {
    if (const Result<> added = registry->add_directory(directory); !added) return added.error();
  }
  return registry;
}

Result<> Registry::add_directory(const std::filesystem::path& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) {
    return bad_path("cannot read " + directory.string() + ": " + std::system_category().message(errno));
  }
  if (!S_ISDIR(status.st_mode)) return bad_path(directory.string() + " is not a directory");
  if ((status.st_mode & S_IWOTH) != 0) {
    return bad_path("anybody may write to " + directory.string() + "; take that away with chmod o-w");
  }
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator i(directory, error), end; !error && i != end; i.increment(error)) {
    if (i->path().extension() == ".so") files.push_back(i->path());
  }
  if (error) return bad_path("cannot read " + directory.string() + ": " + error.message());
  std::sort(files.begin(),
            files.end());  // one order everywhere: which of two is "the first" must not depend on the disk
  for (const std::filesystem::path& file : files) {
    if (const Result<> added = add_file(file); !added) return added;
  }
  return {};
}

Result<> Registry::add_file(const std::filesystem::path& file) {
  Result<ManifestText> text = read_manifest_text(file);
  if (!text) {
    problems_.push_back({file, text.error()});
    return {};
  }
  Entry entry{.plugin = {.manifest = {}, .path = file}, .text = std::move(*text), .loaded = nullptr};
  try {
    entry.plugin.manifest = config::parse_manifest(entry.text.text, file.string());
  } catch (const config::ConfigError& error) {
    problems_.push_back({file, fatal("plugin.manifest", "plugin " + file.filename().string() +
                                                            ": its manifest is wrong: " + error.what())});
    return {};
  }
  const std::string id = entry.plugin.manifest.id;
  const auto [at, is_new] = plugins_.try_emplace(id, std::move(entry));
  if (is_new) {
    const auto& extra = at->second.text.extra_exports;
    if (!extra.empty()) warnings_.push_back("plugin " + file.filename().string() + ": " + explain_exports(extra));
    return {};
  }
  // The same file on two ways into a directory is one plugin.
  if (at->second.text.file.is_at(file)) return {};
  return bad_path("plugin " + quoted(id) + " is there twice: " + at->second.plugin.path.string() + " and " +
                  file.string() + "; remove one");
}

const Registry::Plugin* Registry::find(std::string_view id) const {
  const auto found = plugins_.find(id);
  return found != plugins_.end() ? &found->second.plugin : nullptr;
}

std::vector<const Registry::Plugin*> Registry::list() const {
  std::vector<const Plugin*> plugins;
  for (const auto& [id, entry] : plugins_) plugins.push_back(&entry.plugin);
  return plugins;
}

const config::Manifest* Registry::lookup(std::string_view id, std::vector<std::string>* known_ids) const {
  if (const Plugin* plugin = find(id)) return &plugin->manifest;
  if (known_ids != nullptr) {
    known_ids->clear();
    for (const auto& [known, entry] : plugins_) known_ids->push_back(known);
  }
  return nullptr;
}

std::string Registry::unknown(std::string_view id) const {
  std::string message = "there is no plugin " + quoted(id) + " in worker.plugin_path";
  std::vector<std::string_view> known;
  for (const auto& [other, entry] : plugins_) known.push_back(other);
  if (const std::string_view like = nearest(id, known); !like.empty())
    message += " (did you mean " + quoted(like) + "?)";
  // A file of this name that was refused is most likely the one that is missed.
  for (const Problem& problem : problems_) {
    if (problem.path.stem() == id) message += "; " + problem.error.message;
  }
  return message;
}

void Registry::probe_together(std::span<const std::string> ids) {
  const MutexLock lock(mutex_);
  std::vector<Entry*> entries;
  std::vector<std::filesystem::path> files;
  for (const std::string& id : ids) {
    const auto found = plugins_.find(id);
    if (found == plugins_.end() || found->second.is_probed || found->second.loaded != nullptr) continue;
    if (std::find(entries.begin(), entries.end(), &found->second) != entries.end()) continue;
    entries.push_back(&found->second);
    files.push_back(found->second.plugin.path);
  }
  if (files.size() < 2 || !probe_all(files)) return;
  for (Entry* entry : entries) entry->is_probed = true;
}

Result<const Loaded*> Registry::load(std::string_view id) {
  const MutexLock lock(mutex_);
  const auto found = plugins_.find(id);
  if (found == plugins_.end()) return fatal("plugin.unknown", unknown(id));
  Entry& entry = found->second;
  if (entry.loaded != nullptr) return entry.loaded.get();

  const std::string prefix = "plugin " + entry.plugin.manifest.id + ": ";
  if (!entry.is_probed) {
    if (const Result<> passed = probe(entry.plugin.path); !passed) return passed.error();
  }
  const auto replaced = [&](const char* when) {
    return fatal("plugin.file",
                 prefix + entry.plugin.path.string() + " was replaced " + when + "; start the worker again");
  };
  if (!entry.text.file.is_at(entry.plugin.path)) return replaced("or changed since the worker started");
  REPRISE_FAILPOINT(plugin_is_opened);
  // Never closed: a plugin may have left threads, unique symbols or exit handlers behind that dlclose would pull the code from.
  void* handle = ::dlopen(entry.plugin.path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return fatal("plugin.file", prefix + explain_dlerror(::dlerror(), entry.plugin.path.string()));
  }
  const auto* plugin = static_cast<const reprise_plugin*>(::dlsym(handle, kEntrySymbol));
  if (plugin == nullptr) {
    return fatal("plugin.abi", prefix + "not a plugin for this host (no entry symbol " + kEntrySymbol + ")");
  }
  // Its constructors have run, as they did in the probe; of the rest nothing is called.
  if (!entry.text.file.is_mapped_at(plugin)) return replaced("while it was loaded");
  if (const Result<> good = check_entry(*plugin, entry.plugin.manifest, entry.text.text); !good) return good.error();
  remember_code(plugin, entry.plugin.manifest.id);
  install_exit_guard();

  entry.loaded = std::make_unique<Loaded>();
  entry.loaded->manifest = &entry.plugin.manifest;
  entry.loaded->path = entry.plugin.path;
  entry.loaded->entry = plugin;
  return entry.loaded.get();
}

}  // namespace reprise::plugin
