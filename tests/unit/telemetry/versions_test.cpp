#include "host/telemetry/versions.hpp"

#include <catch2/catch.hpp>

using namespace reprise::telemetry;

TEST_CASE("Versions are listed by name, as the library tells them at run time", "[telemetry][versions]") {
  add_library_version("aaa \"quoted\"", "1");
  add_library_version("aaa \"quoted\"", "2.0");

  const std::string json = library_versions_json();

  CHECK(json.find(R"({"aaa \"quoted\"":"2.0")") == 0);
  CHECK(json.find(R"("spdlog":"1.)") != std::string::npos);
  CHECK(json.find(R"("prometheus-cpp":"1.)") != std::string::npos);
  CHECK(json.back() == '}');
}
