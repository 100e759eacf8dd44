#include "host/base/address_check.hpp"

#include <arpa/inet.h>

#include <catch2/catch.hpp>
#include <vector>

#include "host/base/machine_addresses.hpp"
#include "tests/unit/telemetry/fake_clock.hpp"

using namespace reprise;

namespace {

std::vector<std::uint8_t> address(const std::string& text) {
  const bool is_v6 = text.find(':') != std::string::npos;
  std::vector<std::uint8_t> bytes(is_v6 ? 16 : 4);
  REQUIRE(inet_pton(is_v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) == 1);
  return bytes;
}

std::vector<AddressRange> ranges(const std::vector<std::string_view>& texts) {
  std::vector<AddressRange> ranges;
  for (const auto text : texts) ranges.push_back(AddressRange::parse(text).value());
  return ranges;
}

Result<> check(const std::string& text, const std::vector<std::string_view>& allow = {}) {
  return check_outgoing_address(address(text), 443, {.allow = ranges(allow)});
}

}  // namespace

TEST_CASE("Addresses of the public internet may be reached", "[base][address]") {
  const auto text =
      GENERATE(as<std::string>(), "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
               "126.255.255.255", "128.0.0.0", "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.0",
               "192.167.255.255", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2001:200::1",
               "2001:4860:4860::8888", "2606:4700::1111", "2a00:1450::1", "3ffe::1", "::ffff:8.8.8.8");
  CAPTURE(text);

  CHECK(check(text).ok());
}

TEST_CASE("Special-purpose addresses are refused, each edge of each range", "[base][address]") {
  struct Case {
    std::string text, part;
  };
  const auto c = GENERATE(values<Case>({
      {"0.0.0.0", "this network"},
      {"0.255.255.255", "this network"},
      {"10.0.0.0", "private"},
      {"10.255.255.255", "private"},
      {"100.64.0.0", "shared"},
      {"100.100.100.200", "shared"},
      {"100.127.255.255", "shared"},
      {"127.0.0.1", "loopback"},
      {"127.255.255.255", "loopback"},
      {"168.63.129.16", "internal service"},
      {"169.254.0.0", "link-local"},
      {"169.254.169.254", "link-local"},
      {"172.16.0.0", "private"},
      {"172.31.255.255", "private"},
      {"192.0.0.0", "protocol"},
      {"192.0.0.255", "protocol"},
      {"192.0.2.1", "documentation"},
      {"192.88.99.1", "6to4"},
      {"192.168.0.0", "private"},
      {"192.168.255.255", "private"},
      {"198.18.0.0", "benchmarks"},
      {"198.19.255.255", "benchmarks"},
      {"198.51.100.7", "documentation"},
      {"203.0.113.7", "documentation"},
      {"224.0.0.1", "multicast"},
      {"239.255.255.255", "multicast"},
      {"240.0.0.1", "reserved"},
      {"255.255.255.255", "broadcast"},
      {"::", "unspecified"},
      {"::1", "loopback"},
      {"::127.0.0.1", "not global unicast"},
      {"::ffff:127.0.0.1", "loopback"},
      {"::ffff:10.1.2.3", "private"},
      {"::ffff:169.254.169.254", "link-local"},
      {"64:ff9b::808:808", "NAT64"},
      {"64:ff9b::7f00:1", "NAT64"},
      {"64:ff9b:1::1", "local translation"},
      {"100::1", "discard"},
      {"100:0:0:1::1", "not global unicast"},
      {"2001::1", "Teredo"},
      {"2001:0:ffff::1", "Teredo"},
      {"2001:2::1", "protocol"},
      {"2001:10::1", "protocol"},
      {"2001:20::1", "protocol"},
      {"2001:1ff::1", "protocol"},
      {"2001:db8::1", "documentation"},
      {"2002:7f00:1::1", "6to4"},
      {"2002:808:808::1", "6to4"},
      {"3fff::1", "documentation"},
      {"3fff:fff::1", "documentation"},
      {"5f00::1", "segment routing"},
      {"4000::1", "not global unicast"},
      {"8000::1", "not global unicast"},
      {"fc00::1", "unique local"},
      {"fd00:ec2::254", "unique local"},
      {"fe80::1", "link-local"},
      {"febf::1", "link-local"},
      {"fec0::1", "site-local"},
      {"ff02::1", "multicast"},
  }));
  CAPTURE(c.text);

  const auto verdict = check(c.text);

  REQUIRE_FALSE(verdict.ok());
  CHECK(verdict.error().status == Status::Permanent);
  CHECK(verdict.error().kind == "address.refused");
  CHECK_THAT(verdict.error().message, Catch::Contains(c.part));
}

TEST_CASE("An allowed range opens what it holds, and nothing else", "[base][address]") {
  CHECK(check("127.0.0.1", {"127.0.0.0/8"}).ok());
  CHECK(check("10.2.3.4", {"127.0.0.0/8", "10.2.0.0/15"}).ok());
  CHECK(check("fd12::1", {"fd00::/8"}).ok());
  CHECK(check("127.0.0.1", {"127.0.0.1/32"}).ok());
  CHECK(check("10.0.0.1", {"0.0.0.0/0"}).ok());
  CHECK_FALSE(check("127.0.0.2", {"127.0.0.1/32"}).ok());
  CHECK_FALSE(check("10.4.0.1", {"10.2.0.0/15"}).ok());
  CHECK_FALSE(check("::1", {"127.0.0.0/8"}).ok());
  CHECK(check_outgoing_address(address("10.0.0.1"), 443, {}, ranges({"10.0.0.0/8"})).ok());
}

TEST_CASE("A denied range stays closed, whoever opens it and however its addresses are spelled", "[base][address]") {
  const OutgoingRules rules{.allow = ranges({"10.0.0.0/8", "64:ff9b::/96", "2002::/16"}),
                            .deny = ranges({"10.9.0.0/16", "8.8.8.0/24", "2606:4700::/32"})};
  for (const char* text : {"10.9.0.1", "8.8.8.8", "2606:4700::1111", "::ffff:10.9.0.1", "64:ff9b::a09:1",
                           "2002:a09:1::1", "64:ff9b::808:808"}) {
    INFO(text);
    const auto refused = check_outgoing_address(address(text), 443, rules, ranges({"0.0.0.0/0", "::/0"}));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == "address.refused");
    CHECK_THAT(refused.error().message, Catch::Contains("deny_cidrs"));
  }
  CHECK(check_outgoing_address(address("10.8.0.1"), 443, rules).ok());
  CHECK(check_outgoing_address(address("64:ff9b::a08:1"), 443, rules).ok());
}

TEST_CASE("Of the ports, those that are listed may be reached", "[base][address]") {
  const OutgoingRules rules{.ports = {{443, 443}, {8000, 8999}}};
  for (const auto port : std::initializer_list<std::uint16_t>{443, 8000, 8500, 8999})
    CHECK(check_outgoing_address(address("8.8.8.8"), port, rules).ok());
  for (const auto port : std::initializer_list<std::uint16_t>{1, 442, 444, 7999, 9000, 65535})
    CHECK_FALSE(check_outgoing_address(address("8.8.8.8"), port, rules).ok());
  CHECK(check_outgoing_address(address("8.8.8.8"), 65535, {}).ok());
}

TEST_CASE("An address behind the operator's translator is judged as the one it carries", "[base][address]") {
  struct Case {
    const char *prefix, *text;
  };
  // RFC 6052, 2.4: 192.0.2.33 behind a prefix of each length.
  const auto c = GENERATE(values<Case>({{"2001:db8::/32", "2001:db8:c000:221::"},
                                        {"2001:db8:100::/40", "2001:db8:1c0:2:21::"},
                                        {"2001:db8:122::/48", "2001:db8:122:c000:2:2100::"},
                                        {"2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"},
                                        {"2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"},
                                        {"2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"}}));
  CAPTURE(c.prefix);
  OutgoingRules rules{.nat64 = ranges({c.prefix})};
  REQUIRE(is_nat64_prefix(rules.nat64[0]));

  const auto refused = check_outgoing_address(address(c.text), 443, rules);

  REQUIRE_FALSE(refused.ok());
  CHECK_THAT(refused.error().message, Catch::Contains("leads to 192.0.2.33 is for documentation"));
  rules.allow = ranges({"192.0.2.33/32"});
  CHECK(check_outgoing_address(address(c.text), 443, rules).ok());
}

TEST_CASE("Naming the translator opens what is public behind it, and nothing else", "[base][address]") {
  const OutgoingRules rules{.nat64 = ranges({"64:ff9b::/96", "2a00:64::/96"})};

  CHECK(check_outgoing_address(address("64:ff9b::808:808"), 443, rules).ok());
  CHECK(check_outgoing_address(address("2a00:64::808:808"), 443, rules).ok());
  CHECK_FALSE(check_outgoing_address(address("64:ff9b::a00:1"), 443, rules).ok());
  CHECK_FALSE(check_outgoing_address(address("2a00:64::a9fe:a9fe"), 443, rules).ok());  // 169.254.169.254
  CHECK_FALSE(is_nat64_prefix(AddressRange::parse("2001:db8::/72").value()));
  CHECK_FALSE(is_nat64_prefix(AddressRange::parse("10.0.0.0/32").value_or(AddressRange{})));
}

TEST_CASE("This machine's own addresses are opened one by one", "[base][address]") {
  telemetry::FakeClock clock;
  MachineAddresses machine(clock, [] { return ranges({"127.0.0.1/32", "10.2.3.4/32", "2a00:1450::7/128"}); });
  const auto check_own = [&](const char* text, const std::vector<std::string_view>& allow) {
    return check_outgoing_address(address(text), 443, {.allow = ranges(allow), .machine = &machine});
  };

  for (const char* text : {"10.2.3.4", "::ffff:10.2.3.4", "64:ff9b::a02:304", "2a00:1450::7"}) {
    INFO(text);
    const auto refused = check_own(text, {"0.0.0.0/0", "::/0", "10.2.3.4/31"});
    REQUIRE_FALSE(refused.ok());
    CHECK_THAT(refused.error().message, Catch::Contains("is an address of this machine"));
    CHECK(check_own(text, {"10.2.3.4/32", "2a00:1450::7/128", "64:ff9b::/96"}).ok());
  }
  CHECK(check_own("10.2.3.5", {"10.0.0.0/8"}).ok());
  CHECK(check_own("127.0.0.1", {"127.0.0.0/8"}).ok());
}

TEST_CASE("The worker's own ports stay closed where loopback is open, however it is spelled", "[base][address]") {
  const OutgoingRules rules{.allow = ranges({"127.0.0.0/8", "0.0.0.0/8", "::1/128", "::/128", "10.0.0.0/8"}),
                            .own_ports = {8083}};
  for (const char* text : {"127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1"}) {
    INFO(text);
    const auto refused = check_outgoing_address(address(text), 8083, rules);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == "address.refused");
    CHECK_THAT(refused.error().message, Catch::Matchers::Contains("own API"));
    CHECK(check_outgoing_address(address(text), 8084, rules).ok());
  }
  CHECK(check_outgoing_address(address("10.0.0.1"), 8083, rules).ok());
}

TEST_CASE("A v4-mapped address counts as the address it spells", "[base][address]") {
  CHECK(check("::ffff:127.0.0.1", {"127.0.0.0/8"}).ok());
  CHECK_FALSE(check("::ffff:10.0.0.1", {"127.0.0.0/8"}).ok());
}

TEST_CASE("Allowing a translator does not allow private addresses behind it", "[base][address]") {
  CHECK(check("64:ff9b::808:808", {"64:ff9b::/96"}).ok());
  CHECK(check("2002:808:808::1", {"2002::/16"}).ok());
  CHECK(check("2001:0:1:2:3:4:f7f7:f7f7", {"2001::/32"}).ok());  // 8.8.8.8, inverted

  CHECK_FALSE(check("64:ff9b::7f00:1", {"64:ff9b::/96"}).ok());
  CHECK_FALSE(check("2002:a00:1::1", {"2002::/16"}).ok());
  CHECK_FALSE(check("2001:0:1:2:3:4:80ff:fffe", {"2001::/32"}).ok());  // 127.0.0.1, inverted
  CHECK(check("64:ff9b::7f00:1", {"64:ff9b::/96", "127.0.0.0/8"}).ok());
}

TEST_CASE("What is no address and port is refused", "[base][address]") {
  const std::vector<std::uint8_t> bytes{1, 2, 3};
  CHECK_FALSE(check_outgoing_address(bytes, 443, {}).ok());
  CHECK_FALSE(check_outgoing_address(address("8.8.8.8"), 0, {}).ok());
}

TEST_CASE("A CIDR is an address, a prefix and no bits behind it", "[base][address]") {
  const auto good =
      GENERATE(as<std::string>(), "10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "::/0", "fd00::/8", "2001:db8::1/128");
  CHECK(AddressRange::parse(good)->text() == good);
  const auto bad =
      GENERATE(as<std::string>(), "", "/8", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08",
               "10.0.0.1/8", "10.0.0/8", "10.0.0.0/8 ", "::/129", "fd00::1/8", "localhost/8", "0x7f.0.0.0/8");
  CAPTURE(bad);
  CHECK_FALSE(AddressRange::parse(bad).has_value());
}

TEST_CASE("An address is shown in its usual form", "[base][address]") {
  CHECK(format_address(address("192.0.2.1")) == "192.0.2.1");
  CHECK(format_address(address("2001:db8::1")) == "2001:db8::1");
  CHECK(format_address({}) == "(no address)");
}
