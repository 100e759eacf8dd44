#include "host/base/machine_addresses.hpp"

#include <array>
#include <catch2/catch.hpp>

#include "tests/unit/telemetry/fake_clock.hpp"

using namespace reprise;
using namespace std::chrono_literals;

namespace {

using Address = std::array<std::uint8_t, 4>;
constexpr Address kOld{10, 0, 0, 1}, kNew{10, 0, 0, 2};

}  // namespace

TEST_CASE("The machine's addresses are those of its interfaces", "[base][machine]") {
  const SystemClock clock;
  MachineAddresses machine(clock);

  CHECK(machine.refresh().ok());
  CHECK(machine.hold(Address{127, 0, 0, 1}));
  CHECK_FALSE(machine.hold(Address{192, 0, 2, 77}));
}

TEST_CASE("What the machine's addresses are is looked up again after 30 s", "[base][machine]") {
  telemetry::FakeClock clock;
  int looks = 0;
  Result<std::vector<AddressRange>> answer = std::vector{AddressRange::of(kOld)};
  MachineAddresses machine(clock, [&] { return ++looks, answer; });
  CHECK(looks == 0);

  CHECK(machine.hold(kOld));
  answer = std::vector{AddressRange::of(kNew)};
  clock.now = clock.now + 29s;
  CHECK(machine.hold(kOld));
  CHECK(looks == 1);
  clock.now = clock.now + 1s;
  CHECK_FALSE(machine.hold(kOld));
  CHECK(machine.hold(kNew));
  CHECK(looks == 2);

  SECTION("and stays as it was while nobody can say") {
    answer = retriable("machine.addresses", "too many open files");
    clock.now = clock.now + 30s;
    CHECK(machine.hold(kNew));
    CHECK(looks == 3);
    clock.now = clock.now + 29s;
    CHECK(machine.hold(kNew));
    CHECK(looks == 3);
    CHECK(machine.refresh().error().message == "too many open files");
  }
}
