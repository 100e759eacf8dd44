#include <fstream>
#include <sstream>

#include "tests/unit/config/support.hpp"

using namespace reprise::config;
using namespace reprise::config::test;

namespace {

std::filesystem::path root() { return REPRISE_SOURCE_DIR; }

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// The plugins of this tree, as a registry would know them.
std::map<std::string, Manifest> manifests_of_tree() {
  std::map<std::string, Manifest> manifests;
  for (const auto& folder : std::filesystem::directory_iterator(root() / "plugins")) {
    const auto file = folder.path() / "plugin.yaml";
    if (!std::filesystem::exists(file)) continue;
    Manifest manifest = parse_manifest(content_of(file), file.string());
    CHECK(manifest.id == folder.path().filename());
    manifests.emplace(manifest.id, std::move(manifest));
  }
  return manifests;
}

// Whatever is asked for is there: the examples take their places and secrets from outside.
class AnySecrets final : public SecretSource {
 public:
  reprise::Result<std::string> from_environment(const std::string& name) override {
    return name.find("BOOTSTRAP") != std::string::npos ? std::string("localhost:9092") : std::string("x");
  }
  reprise::Result<std::string> from_file(const std::filesystem::path&, std::string_view) override {
    return std::string("whsec_dGVzdA==");
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
  const auto manifests = manifests_of_tree();
  const ManifestLookup lookup = [&](std::string_view id, std::vector<std::string>* known) -> const Manifest* {
    const auto it = manifests.find(std::string(id));
    if (it != manifests.end()) return &it->second;
    for (const auto& [name, manifest] : manifests) known->push_back(name);
    return nullptr;
  };

  int examples = 0;
  for (const auto& folder : std::filesystem::directory_iterator(root() / "configs")) {
    if (!folder.is_directory()) continue;
    CAPTURE(folder.path());
    std::vector<Document> documents;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      if (file.path().extension() == ".yaml") documents.push_back({file.path().string(), content_of(file.path())});
    }
    AnySecrets secrets;
    CHECK(problems_of_call([&] { load(documents, lookup, secrets); }) == "");
    ++examples;
  }
  CHECK(examples >= 1);
}
