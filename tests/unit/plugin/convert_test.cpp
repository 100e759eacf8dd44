#include "host/plugin/convert.hpp"

#include <catch2/catch.hpp>

#include <cstring>

namespace reprise::plugin {
namespace {

TEST_CASE("A plugin's error is read inside its storage", "[plugin]") {
  reprise_error error{};
  std::memset(error.message, 'x', sizeof(error.message));  // no NUL anywhere
  std::strcpy(error.kind, "http.status");
  std::strcpy(error.option, "endpoint.url");
  error.code = 503;
  error.about = REPRISE_ABOUT_ENDPOINT;
  error.retry_after_ms = 1500;

  const Error result = to_error(REPRISE_RETRIABLE, error);

  CHECK(result.status == Status::Retriable);
  CHECK(result.message == std::string(sizeof(error.message), 'x'));
  CHECK(result.kind == "http.status");
  CHECK(result.option == "endpoint.url");
  CHECK(result.code == 503);
  CHECK(result.is_about_endpoint);
  CHECK(result.retry_after_ms == 1500);
}

TEST_CASE("Control characters of a plugin's message do not reach the log", "[plugin]") {
  reprise_error error{};
  std::strcpy(error.message, "line\nline\x1b[31m");

  CHECK(to_error(REPRISE_FATAL, error).message == "line line [31m");
}

TEST_CASE("A status that is none is fatal", "[plugin]") {
  CHECK(to_status(REPRISE_DEFERRED) == Status::Deferred);
  CHECK(to_status(5) == Status::Fatal);
  CHECK(to_status(-1) == Status::Fatal);
}

TEST_CASE("An error of the host's is cut between characters", "[plugin]") {
  reprise_error error{};

  write_error(permanent("address.refused", std::string(366, 'a') + "\xc3\xa4"), &error);

  CHECK(std::string(error.message) == std::string(366, 'a'));
  CHECK(std::string(error.kind) == "address.refused");
}

TEST_CASE("Options cross with their secrets marked", "[plugin]") {
  const std::vector<config::Option> options{{.name = "url", .value = "https://a", .where = {}},
                                            {.name = "secret", .value = "s", .is_secret = true, .where = {}}};

  const OptionArray array(options);

  REQUIRE(array.size() == 2);
  CHECK(to_view(array.data()[0].key) == "url");
  CHECK(array.data()[0].flags == 0);
  CHECK(to_view(array.data()[1].value) == "s");
  CHECK(array.data()[1].flags == REPRISE_OPTION_SECRET);
}

}  // namespace
}  // namespace reprise::plugin
