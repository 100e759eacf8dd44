#include "tests/unit/config/support.hpp"
#include "tests/unit/config/tree_manifests.hpp"

using namespace reprise::config;
using namespace reprise::config::test;

namespace {

std::filesystem::path root() { return REPRISE_SOURCE_DIR; }

// Whatever is asked for is there: the examples take their places and secrets from outside.
class AnySecrets final : public SecretSource {
 public:
  reprise::Result<std::string> from_environment(const std::string& name) override {
    return name.find("BOOTSTRAP") != std::string::npos ? std::string("localhost:9092") : std::string("x");
  }
  reprise::Result<std::string> from_file(const std::filesystem::path&, std::string_view) override {
    return std::string("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3");
  }
};

}  // namespace

TEST_CASE("The manifests of all plugins are valid", "[config][examples]") {
  const auto manifests = manifests_of_tree();

  CHECK(manifests.size() >= 4);
  for (const auto& [id, manifest] : manifests) {
    CAPTURE(id);
    CHECK_FALSE(manifest.summary.empty());
    CHECK_FALSE(manifest.license.empty());
    for (const auto& option : manifest.options.options) {
      CAPTURE(option.name);
      CHECK_FALSE(option.doc.empty());
    }
  }
}

TEST_CASE("Every example under configs/ is valid", "[config][examples]") {
  int examples = 0;
  for (const auto& folder : std::filesystem::directory_iterator(root() / "configs")) {
    if (!folder.is_directory()) continue;
    CAPTURE(folder.path());
    std::vector<Document> documents;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      if (file.path().extension() == ".yaml") documents.push_back({file.path().string(), content_of(file.path())});
    }
    AnySecrets secrets;
    CHECK(problems_of_call([&] { load(documents, lookup_in_tree(), secrets); }) == "");
    ++examples;
  }
  CHECK(examples >= 1);
}

TEST_CASE("What could never run is refused with its place, before anything runs", "[config][examples]") {
  const auto manifests = manifests_of_tree();
  const std::string good = "source: {plugin: source-kafka, cluster: k, topics: [a]}";
  const std::string sink = "sink: {plugin: sink-webhook, endpoint: {url: \"https://a.example/\"}";
  const std::string five =
      "transforms: [{plugin: dedup}, {plugin: dedup}, {plugin: dedup}, {plugin: dedup}, {plugin: dedup}]";
  struct Case {
    std::string name, source, transforms, sink, expected;
  };
  const auto c = GENERATE_COPY(values<Case>({
      {"c", "source: {plugin: source-kafka, cluster: k, topics: []}", "", sink + "}",
       "a.yaml:4:56: connectors.c.source.topics: has 0 elements, expected at least 1"},
      {"c", "source: {plugin: source-kafka, cluster: k, topics: [\"a b\"]}", "", sink + "}",
       "a.yaml:4:57: connectors.c.source.topics.0: expected a topic's name, up to 249 of a-z, A-Z, 0-9, ., _ and -, "
       "got"},
      {"c", "source: {plugin: source-kafka, cluster: k, topics: [..]}", "", sink + "}", "expected a topic's name"},
      {"c", "source: {plugin: source-kafka, cluster: k, topics: [a, b, a]}", "", sink + "}",
       "a.yaml:4:63: connectors.c.source.topics.2: is there twice, first at a.yaml:4:57"},
      {"c", good, five, sink + "}", "a.yaml:5:17: connectors.c.transforms: has 5 elements, expected at most 4"},
      {"c", good, "", sink + ", headers: {X-Ours: y, Host: x}}",
       "a.yaml:6:94: connectors.c.sink.headers: \"Host\" is not yours to set"},
      {"c", good, "", sink + ", tls: {ca: /nowhere/ca.pem}}",
       "a.yaml:6:83: connectors.c.sink.tls.ca: expected a PEM file that can be read, or its text, got "
       "\"/nowhere/ca.pem\""},
      {"c/d", good, "", sink + "}", "a.yaml:3:3: connectors: the name \"c/d\" holds a /"},
  }));
  CAPTURE(c.expected);
  const std::string yaml = "kafka: {k: {bootstrap_servers: \"a:1\"}}\nconnectors:\n  " + c.name + ":\n    " + c.source +
                           "\n    " + c.transforms + "\n    " + c.sink + "\n";
  const Document documents[] = {{"a.yaml", yaml}};
  const ManifestLookup lookup = [&](std::string_view id, std::vector<std::string>*) -> const Manifest* {
    const auto found = manifests.find(std::string(id));
    return found == manifests.end() ? nullptr : &found->second;
  };
  FakeSecrets secrets;

  const std::string problems = problems_of_call([&] { load(documents, lookup, secrets); });

  CHECK_THAT(problems, Catch::StartsWith(c.expected) || Catch::Contains(": " + c.expected));
}

TEST_CASE("Certificates of a cluster are looked for before anything runs", "[config][examples]") {
  CHECK_THAT(problems_of("kafka: {k: {bootstrap_servers: \"a:1\", security_protocol: SSL, ca: /nowhere/ca.pem}}"),
             Catch::Contains("a.yaml:1:67: kafka.k.ca: expected a PEM file that can be read, or its text"));
}
