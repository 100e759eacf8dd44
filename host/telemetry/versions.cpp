#include "host/telemetry/versions.hpp"

#include <spdlog/version.h>

#include <map>

#include "host/base/mutex.hpp"
#include "host/telemetry/json_text.hpp"

namespace reprise::telemetry {
namespace {

std::string spdlog_version() {
  return std::to_string(SPDLOG_VER_MAJOR) + "." + std::to_string(SPDLOG_VER_MINOR) + "." +
         std::to_string(SPDLOG_VER_PATCH);
}

struct Registry {
  Mutex mutex;
  std::map<std::string, std::string, std::less<>> versions GUARDED_BY(mutex) = {
      {"prometheus-cpp", REPRISE_PROMETHEUS_VERSION}, {"spdlog", spdlog_version()}};
};

Registry& registry() {
  static Registry* const instance =
      new Registry;  // never freed: modules add to it from anywhere, also while the process ends
  return *instance;
}

}  // namespace

void add_library_version(std::string_view name, std::string_view version) {
  Registry& all = registry();
  MutexLock lock(all.mutex);
  all.versions[std::string(name)] = version;
}

std::vector<std::pair<std::string, std::string>> library_versions() {
  Registry& all = registry();
  MutexLock lock(all.mutex);
  return {all.versions.begin(), all.versions.end()};
}

std::string library_versions_json() {
  std::string out = "{";
  for (const auto& [name, version] : library_versions()) {
    if (out.size() > 1) out += ',';
    append_json_string(out, name);
    out += ':';
    append_json_string(out, version);
  }
  return out + "}";
}

}  // namespace reprise::telemetry
