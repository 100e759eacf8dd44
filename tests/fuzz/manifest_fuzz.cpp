// Any bytes are either a manifest or problems; and with a manifest any configuration is either loaded or refused, with its
// options sorted and within what the manifest declares.
#include <algorithm>

#include "fuzz.hpp"
#include "host/config/load.hpp"

using namespace reprise::config;
using reprise::fuzz::check;

namespace {

constexpr std::string_view kManifest = R"(id: x
version: 0.1.0
kind: sink
options:
  url: {type: string, required: true, hot: true}
  retention: {type: duration, default: 5d, min: 1m}
  size: {type: size, default: 1MiB}
  mode: {type: enum, values: [a, b], default: a}
  list: {type: list, of: {type: object, options: {n: {type: int, min: 1}}}, max: 3}
  map: {type: map, of: float}
  cluster: {type: cluster}
)";

// No reference finds anything, or everything is a word.
class Words final : public SecretSource {
 public:
  reprise::Result<std::string> from_environment(const std::string& name) override { return name + "\n${env:x}"; }
  reprise::Result<std::string> from_file(const std::filesystem::path&, std::string_view) override {
    return reprise::fatal("test", "no such file");
  }
};

}  // namespace

std::vector<std::string> fuzz_seeds() {
  return {
      std::string(kManifest),
      "id: y\nversion: 1.2.3-rc1\nkind: transform\ndata_dir: true\noptions:\n  a: {type: list, of: int, default: [1, "
      "2]}\n  b: {type: object, options: {}}\n",
      "connectors:\n  c:\n    source: {plugin: x, url: u}\n    sink: {plugin: x, url: \"${env:U}\", list: [{n: 5}], "
      "map: {a: 0.5}, cluster: main}\n    tasks.max: 3\n"
      "    errors: {tolerance: all, retry: {attempts: 3, max: 5s}, dead_letter: {plugin: x, url: d}}\nkafka: {main: "
      "{bootstrap_servers: \"a:1\", client: {b.c: 1}}}\n",
      "worker: {id: w, log: {level: info}, outgoing: {allow_cidrs: [10.0.0.0/8]}}\nrest: {listen: "
      "\"127.0.0.1:0\"}\ncoordination: {kind: local}\n"
      "tables: {t: {\"1\": {url: u, secret: \"${file:/x:1}\"}}}\n",
  };
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reprise::fuzz::as_text(data, size));
  try {
    const Manifest manifest = parse_manifest(text, "plugin.yaml");
    check(!manifest.id.empty() && manifest.id.size() <= 64, "a manifest has an id");
  } catch (const ConfigError& error) {
    check(!error.problems().empty(), "an error holds problems");
  }

  static const Manifest known = parse_manifest(kManifest, "plugin.yaml");
  const ManifestLookup lookup = [](std::string_view id, std::vector<std::string>* ids) -> const Manifest* {
    if (id == known.id) return &known;
    ids->push_back(known.id);
    return nullptr;
  };
  Words secrets;
  const Document documents[] = {{"fuzz.yaml", text}};
  try {
    for (const auto& connector : load(documents, lookup, secrets).connectors) {
      const auto& options = connector.sink.options;
      check(std::is_sorted(options.begin(), options.end(),
                           [](const Option& a, const Option& b) { return a.name < b.name; }),
            "options are sorted");
      check(find(connector.sink, "url") != nullptr, "what is required is there");
    }
  } catch (const ConfigError& error) {
    for (const auto& problem : error.problems()) {
      check(!problem.message.empty(), "a problem says what");
      check(problem.message.find('\n') == std::string::npos && problem.path.find('\n') == std::string::npos,
            "it is one line");
    }
  }
  return 0;
}
