#include <cstring>
#include <string>

#include "host/plugin/convert.hpp"
#include "host/plugin/loaded.hpp"

namespace reprise::plugin {
namespace {

class Checker {
 public:
  explicit Checker(const std::string& id) : id_(id) {}

  Error refuse(const std::string& message) const { return fatal("plugin.abi", "plugin " + id_ + ": " + message); }
  /// Remembers the first function that is missing.
  template <class Function>
  void need(Function* function, const char* name) {
    if (function == nullptr && missing_ == nullptr) missing_ = name;
  }
  /// A kind's table: at least as large as this host's, then its functions.
  template <class Api, class Needs>
  Result<> api(const reprise_plugin& entry, const char* name, Needs&& needs) {
    const auto* table = static_cast<const Api*>(entry.api);
    if (table->struct_size < sizeof(Api)) {
      return refuse(std::string(name) + ".struct_size is " + std::to_string(table->struct_size) + ", this host needs " +
                    std::to_string(sizeof(Api)));
    }
    needs(*table);
    if (missing_ != nullptr) return refuse("function " + std::string(name) + "." + missing_ + " is missing (NULL)");
    return {};
  }

 private:
  const std::string& id_;
  const char* missing_ = nullptr;
};

std::int32_t kind_number(config::PluginKind kind) {
  switch (kind) {
    case config::PluginKind::Source:
      return REPRISE_KIND_SOURCE;
    case config::PluginKind::Transform:
      return REPRISE_KIND_TRANSFORM;
    case config::PluginKind::Sink:
      return REPRISE_KIND_SINK;
    case config::PluginKind::JobStore:
      return REPRISE_KIND_JOBSTORE;
  }
  return 0;
}

std::string kind_name(std::int32_t kind) {
  switch (kind) {
    case REPRISE_KIND_SOURCE:
      return "source";
    case REPRISE_KIND_TRANSFORM:
      return "transform";
    case REPRISE_KIND_SINK:
      return "sink";
    case REPRISE_KIND_JOBSTORE:
      return "jobstore";
    default:
      return "kind " + std::to_string(kind);
  }
}

std::string version(std::uint32_t major, std::uint32_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

// In this order: nothing may be read of the entry before what stands in front of it is known to be right.
Result<> check_head(const reprise_plugin& entry, const Checker& check) {
  if (entry.magic != REPRISE_ABI_MAGIC) return check.refuse("not a plugin for this host (magic is not Reprise's)");
  if (entry.abi_major != REPRISE_ABI_MAJOR || entry.abi_minor != REPRISE_ABI_MINOR) {
    return check.refuse("speaks ABI " + version(entry.abi_major, entry.abi_minor) + ", this host speaks " +
                        version(REPRISE_ABI_MAJOR, REPRISE_ABI_MINOR) + "; build it against this host's SDK");
  }
  if (entry.struct_size < sizeof(reprise_plugin)) {
    return check.refuse("struct_size is " + std::to_string(entry.struct_size) + ", this host needs " +
                        std::to_string(sizeof(reprise_plugin)));
  }
  if (entry.record_size != sizeof(reprise_record)) {
    return check.refuse("record_size is " + std::to_string(entry.record_size) + ", this host's is " +
                        std::to_string(sizeof(reprise_record)));
  }
  return {};
}

Result<> check_api(const reprise_plugin& entry, Checker& check) {
  if (entry.api == nullptr) return check.refuse("function table api is missing (NULL)");
  switch (entry.kind) {
    case REPRISE_KIND_SOURCE:
      return check.api<reprise_source_api>(entry, "reprise_source_api", [&](const reprise_source_api& api) {
        check.need(api.open, "open");
        check.need(api.close, "close");
        check.need(api.poll, "poll");
        check.need(api.partitions, "partitions");
        check.need(api.resolve, "resolve");
      });
    case REPRISE_KIND_TRANSFORM:
      return check.api<reprise_transform_api>(
          entry, "reprise_transform_api", [&](const reprise_transform_api& api) { check.need(api.apply, "apply"); });
    case REPRISE_KIND_SINK:
      return check.api<reprise_sink_api>(entry, "reprise_sink_api",
                                         [&](const reprise_sink_api& api) { check.need(api.deliver, "deliver"); });
    case REPRISE_KIND_JOBSTORE:
      return check.api<reprise_jobstore_api>(entry, "reprise_jobstore_api", [&](const reprise_jobstore_api& api) {
        check.need(api.put, "put");
        check.need(api.claim, "claim");
        check.need(api.update, "update");
        check.need(api.request, "request");
        check.need(api.list, "list");
        check.need(api.watch, "watch");
      });
    default:
      return check.refuse("kind is " + std::to_string(entry.kind) + ", which this host does not know");
  }
}

}  // namespace

Result<> check_entry(const reprise_plugin& entry, const config::Manifest& manifest, std::string_view manifest_text) {
  Checker check(manifest.id);
  if (const Result<> good = check_head(entry, check); !good) return good;
  if (entry.manifest == nullptr || to_view(*entry.manifest) != manifest_text) {
    return check.refuse("manifest differs from the one in section .reprise_manifest");
  }
  if (entry.kind != kind_number(manifest.kind)) {
    return check.refuse("kind differs: its manifest says " + std::string(config::to_text(manifest.kind)) +
                        ", its code is a " + kind_name(entry.kind));
  }
  if (entry.create == nullptr) return check.refuse("function create is missing (NULL)");
  if (entry.destroy == nullptr) return check.refuse("function destroy is missing (NULL)");
  return check_api(entry, check);
}

}  // namespace reprise::plugin
