#include "host/base/address_check.hpp"

#include <arpa/inet.h>

#include <catch2/catch.hpp>
#include <vector>

namespace {

std::vector<std::uint8_t> address(const std::string& text) {
  const bool is_v6 = text.find(':') != std::string::npos;
  std::vector<std::uint8_t> bytes(is_v6 ? 16 : 4);
  REQUIRE(inet_pton(is_v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) == 1);
  return bytes;
}

reprise::Result<> check(const std::string& text, const std::vector<std::string_view>& allow = {}) {
  return reprise::check_outgoing_address(address(text), 443, allow);
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
  CHECK(verdict.error().status == reprise::Status::Permanent);
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
  CHECK_FALSE(check("127.0.0.1", {"127.0.0.0/33", "nonsense", ""}).ok());
}

TEST_CASE("The worker's own ports stay closed where loopback is open, however it is spelled", "[base][address]") {
  const std::vector<std::string_view> allow = {"127.0.0.0/8", "0.0.0.0/8", "::1/128", "::/128", "10.0.0.0/8"};
  const std::vector<std::uint16_t> own = {8083};
  for (const char* text : {"127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1"}) {
    INFO(text);
    const auto refused = reprise::check_outgoing_address(address(text), 8083, allow, own);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == "address.refused");
    CHECK_THAT(refused.error().message, Catch::Matchers::Contains("own API"));
    CHECK(reprise::check_outgoing_address(address(text), 8084, allow, own).ok());
  }
  CHECK(reprise::check_outgoing_address(address("10.0.0.1"), 8083, allow, own).ok());
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
  CHECK_FALSE(reprise::check_outgoing_address(bytes, 443, {}).ok());
  CHECK_FALSE(reprise::check_outgoing_address(address("8.8.8.8"), 0, {}).ok());
}

TEST_CASE("A CIDR is an address, a prefix and no bits behind it", "[base][address]") {
  const auto good =
      GENERATE(as<std::string>(), "10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "::/0", "fd00::/8", "2001:db8::1/128");
  CHECK(reprise::is_cidr(good));
  const auto bad =
      GENERATE(as<std::string>(), "", "/8", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08",
               "10.0.0.1/8", "10.0.0/8", "10.0.0.0/8 ", "::/129", "fd00::1/8", "localhost/8", "0x7f.0.0.0/8");
  CAPTURE(bad);
  CHECK_FALSE(reprise::is_cidr(bad));
}

TEST_CASE("An address is shown in its usual form", "[base][address]") {
  CHECK(reprise::format_address(address("192.0.2.1")) == "192.0.2.1");
  CHECK(reprise::format_address(address("2001:db8::1")) == "2001:db8::1");
  CHECK(reprise::format_address({}) == "(no address)");
}
