#include "host/plugin/overrun_guard.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>

namespace reprise::plugin {
namespace {

using namespace std::chrono_literals;

TEST_CASE("A call that overruns is told of while it hangs", "[plugin]") {
  std::promise<void> told;
  std::future<void> was_told = told.get_future();

  const OverrunGuard guard(1ms, [&told] { told.set_value(); });

  CHECK(was_told.wait_for(10s) == std::future_status::ready);
}

TEST_CASE("A call that ends in time is not told of", "[plugin]") {
  std::atomic<bool> is_told = false;

  {
    const OverrunGuard guard(1h, [&is_told] { is_told = true; });
  }

  CHECK_FALSE(is_told);
}

}  // namespace
}  // namespace reprise::plugin
