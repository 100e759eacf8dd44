#include "name.hpp"

#include <catch2/catch.hpp>

using namespace reprise::webhook;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::vector<Address> addresses(int count) {
  std::vector<Address> result;
  for (int i = 1; i <= count; ++i) result.push_back(*literal_address("192.0.2." + std::to_string(i), 0));
  return result;
}

}  // namespace

TEST_CASE("A name is asked for at first use and not again within its time to live", "[webhook][name]") {
  Name name("a.example");
  REQUIRE(name.wants_question(0));
  REQUIRE(name.is_worth_waiting(0));

  name.ask();
  REQUIRE_FALSE(name.wants_question(0));
  name.found(addresses(1), 30 * kSecond, 0);

  REQUIRE_FALSE(name.wants_question(30 * kSecond - 1));
  REQUIRE(name.wants_question(30 * kSecond));
  REQUIRE(name.is_usable(30 * kSecond));
}

TEST_CASE("A time to live is kept between a second and an hour", "[webhook][name]") {
  Name name("a.example");

  name.found(addresses(1), 0, 0);
  REQUIRE_FALSE(name.wants_question(kSecond - 1));
  REQUIRE(name.wants_question(kSecond));

  name.found(addresses(1), 86'400 * kSecond, 0);
  REQUIRE(name.wants_question(3'600 * kSecond));
}

TEST_CASE("Addresses are stale for an hour when nobody answers, and end when the name is gone", "[webhook][name]") {
  Name name("a.example");
  name.found(addresses(1), 10 * kSecond, 0);

  name.failed("timeout", false, 20 * kSecond);
  REQUIRE(name.is_usable(3'609 * kSecond));
  REQUIRE_FALSE(name.is_usable(3'610 * kSecond));

  name.failed("no such name", true, 30 * kSecond);
  REQUIRE_FALSE(name.is_usable(30 * kSecond));
  REQUIRE_FALSE(name.is_worth_waiting(30 * kSecond));
  REQUIRE(name.problem() == "no such name");
}

TEST_CASE("Failures are kept twice as long each time, for a minute at most", "[webhook][name]") {
  Name name("a.example");
  std::int64_t now_ns = 0;
  for (const int seconds : {1, 2, 4, 8, 16, 32, 60, 60}) {
    name.failed("timeout", false, now_ns);
    REQUIRE_FALSE(name.wants_question(now_ns + seconds * kSecond - 1));
    now_ns += seconds * kSecond;
    REQUIRE(name.wants_question(now_ns));
  }

  name.found(addresses(1), kSecond, now_ns);
  name.failed("gone", true, now_ns + kSecond);
  REQUIRE(name.wants_question(now_ns + 2 * kSecond));
}

TEST_CASE("An answer still counts after somebody gave up waiting for it", "[webhook][name]") {
  Name name("a.example");
  name.ask();
  name.give_up(3 * kSecond);
  REQUIRE_FALSE(name.is_worth_waiting(3 * kSecond));

  name.found(addresses(1), 30 * kSecond, 3 * kSecond + 1);

  REQUIRE(name.is_usable(3 * kSecond + 1));
}

TEST_CASE("An address that took too long goes behind the others", "[webhook][name]") {
  Name name("a.example");
  name.found(addresses(3), kSecond, 0);

  name.pass_over(0);
  REQUIRE(name.addresses()[0].text() == "192.0.2.2:0");
  name.pass_over(2);
  REQUIRE(name.addresses()[0].text() == "192.0.2.2:0");
}

TEST_CASE("A name has a bounded number of addresses, a literal one its own", "[webhook][name]") {
  Name name("a.example");
  name.found(addresses(200), kSecond, 0);
  REQUIRE(name.addresses().size() == Name::kMaxAddresses);

  Name literal(*literal_address("192.0.2.9", 443));
  REQUIRE(literal.is_usable(INT64_MAX - 1));
  REQUIRE_FALSE(literal.wants_question(INT64_MAX - 1));
}
