#include "host/state/directory_lock.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "temp_directory.hpp"

using namespace reprise;
using namespace reprise::state;
using Catch::Matchers::Contains;

TEST_CASE("A directory is held once, and the holder has a name", "[state][lock]") {
  test::TempDirectory directory;
  CHECK_FALSE(find_lock_holder(directory.path()).has_value());
  {
    auto lock = DirectoryLock::take(directory.path());
    REQUIRE(lock.ok());

    const auto second = DirectoryLock::take(directory.path());

    REQUIRE_FALSE(second.ok());
    CHECK(second.error().kind == "store.in_use");
    CHECK(second.error().code == getpid());
    CHECK_THAT(second.error().message, Contains("process " + std::to_string(getpid())));
    REQUIRE(find_lock_holder(directory.path()).has_value());
    CHECK(find_lock_holder(directory.path())->pid == getpid());
  }
  CHECK_FALSE(find_lock_holder(directory.path()).has_value());
  CHECK(DirectoryLock::take(directory.path()).ok());
}

TEST_CASE("Nobody holds a directory that does not exist", "[state][lock]") {
  CHECK_FALSE(find_lock_holder("/nonexistent/reprise").has_value());
}
