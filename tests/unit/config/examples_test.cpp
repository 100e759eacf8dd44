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
