// field_http as scripts use it, against field_receiver.
#include <catch2/catch.hpp>

#include "tests/field/tests/harness.hpp"

using namespace field_test;

TEST_CASE("field_http asks, waits for a condition and tells failure by its status", "[field][http]") {
  const TempDir folder;
  Program receiver("field_receiver", {"--ledger", folder.file("ledger"), "--port-file", folder.file("port")}, folder.file("output"));
  const std::string address = "127.0.0.1:" + lines_of(wait_for_file(folder.file("port"))).at(0);

  CHECK(run("field_http", {"GET", address + "/health"}).output == "{}\n");
  CHECK(run("field_http", {"PUT", address + "/control/1", "--body", "status 503"}).status == 0);
  CHECK(run("field_http", {"PUT", address + "/control/1", "--body", "nonsense"}).status == 1);
  CHECK(run("field_http", {"POST", address + "/hooks/1", "--body", "x"}).status == 1);
  CHECK(run("field_http", {"POST", address + "/hooks/2", "--body", "x"}).status == 0);
  CHECK(run("field_http", {"GET", address + "/control/stats", "--until", "\"requests\":2,", "--timeout", "5"}).status == 0);
  CHECK(run("field_http", {"GET", address + "/control/stats", "--until", "\"requests\":3,", "--timeout", "0.3"}).status == 1);
  CHECK(run("field_http", {"GET", "127.0.0.1:1/health", "--timeout", "0.3"}).status == 3);
}
