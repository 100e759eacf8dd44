#include "host/base/result.hpp"

#include <catch2/catch.hpp>
#include <memory>

using reprise::Result;
using reprise::Status;

TEST_CASE("A result holds either a value or an error", "[base][result]") {
  const Result<int> value = 7;
  const Result<int> error = reprise::retriable("timeout.connect", "gave up");

  CHECK(value.ok());
  CHECK(*value == 7);
  CHECK_FALSE(error.ok());
  CHECK(error.error().status == Status::Retriable);
  CHECK(error.error().kind == "timeout.connect");
  CHECK(error.error().retry_after_ms == 0);
}

TEST_CASE("A result of nothing is OK until it holds an error", "[base][result]") {
  const Result<> fine;
  const Result<> failed = reprise::fatal("store", "broken");

  CHECK(fine.ok());
  CHECK_FALSE(failed);
  CHECK(failed.error().status == Status::Fatal);
}

TEST_CASE("A value can be moved out of a result", "[base][result]") {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(3);

  const auto owned = *std::move(result).value();

  CHECK(owned == 3);
}
