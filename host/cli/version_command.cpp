#include <openssl/crypto.h>
#include <reprise/plugin.h>

#include <iostream>

#include "host/cli/commands.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/cli/version.hpp"
#include "host/config/json.hpp"
#include "host/rest/server.hpp"
#include "host/state/rocks_store.hpp"
#include "host/telemetry/versions.hpp"
#include "lib/kafka/version.hpp"

namespace reprise::cli {

int run_version(bool is_json) {
  if (!is_json) {
    std::cout << "reprise " << kVersion << " (" << kCommit << "), plugin interface " << REPRISE_ABI_MAJOR << '.'
              << REPRISE_ABI_MINOR << '\n';
    return kOk;
  }
  telemetry::add_library_version("librdkafka", kafka::library_version());
  telemetry::add_library_version("rocksdb", state::rocksdb_version());
  telemetry::add_library_version("boost", rest::boost_version());
  telemetry::add_library_version("simdjson", config::json_parser_version());
  telemetry::add_library_version("openssl", OpenSSL_version(OPENSSL_VERSION_STRING));
  config::JsonWriter json;
  json.begin_object()
      .member("version", kVersion)
      .member("commit", kCommit)
      .member("plugin_interface", std::to_string(REPRISE_ABI_MAJOR) + "." + std::to_string(REPRISE_ABI_MINOR))
      .key("libraries")
      .raw(telemetry::library_versions_json())
      .end_object();
  std::cout << json.text() << '\n';
  return kOk;
}

}  // namespace reprise::cli
