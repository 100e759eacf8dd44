#include <reprise/url.hpp>

#include <catch2/catch.hpp>

using namespace reprise;

namespace {
Url parsed(const std::string& text) {
  Url url;
  INFO(text);
  REQUIRE(parse_url(text, url) == "");
  return url;
}
}  // namespace

TEST_CASE("A URL is taken apart into what a request needs", "[webhook][url]") {
  const Url url = parsed("https://Customer.Example:8443/hooks/42?a=b%20c");

  REQUIRE(url.host == "customer.example");
  REQUIRE(url.port == 8443);
  REQUIRE(url.authority == "customer.example:8443");
  REQUIRE(url.target == "/hooks/42?a=b%20c");
  REQUIRE(url.is_tls);
}

TEST_CASE("A URL's defaults are filled in", "[webhook][url]") {
  REQUIRE(parsed("http://a.example").target == "/");
  REQUIRE(parsed("http://a.example").port == 80);
  REQUIRE(parsed("https://a.example?x=1").target == "/?x=1");
  REQUIRE(parsed("HTTPS://a.example:443/").authority == "a.example");
  REQUIRE(parsed("https://[2001:DB8::1]:9000/x").host == "2001:db8::1");
  REQUIRE(parsed("https://[2001:db8::1]:9000/x").authority == "[2001:db8::1]:9000");
}

TEST_CASE("A trailing dot says what every name here is anyway: absolute", "[webhook][url]") {
  REQUIRE(parsed("https://a.example./x").host == "a.example");
  REQUIRE(parsed("https://a.example.:8443/x").authority == "a.example:8443");
}

TEST_CASE("A URL that is not plainly a webhook is refused with the rule", "[webhook][url]") {
  const auto bad = GENERATE(
      as<std::string>{}, "", "customer.example/x", "ftp://a.example/", "file:///etc/passwd", "gopher://a.example",
      "https://", "https:///x", "https://user:pw@a.example/", "https://user@a.example/", "https://a.example:25/",
      "https://a.example:0/", "https://a.example:65536/", "https://a.example:/", "https://a.example:8x/",
      "https://a.example/#top", "https://a b.example/", "https://a.example/a b", "https://a.example/\r\nx-evil: 1",
      "https://a..example/", "https://a.example../", "https://./", "https://.example/",
      "https://b\xc3\xbc"
      "cher.example/",
      "https://[::1/", "https://[zz]/", "https://[::1]x/", "https://a.example\\@evil/", "https://a%2eexample/",
      "http:/a.example", "http://127.1/", "http://0x7f.1/", "http://2130706433/", "http://a.example.0x10/",
      "http://127.0.0.01/", "http://1.2.3.4.5/", "https://a.example/${env:HOME}");
  Url url;

  const std::string reason = parse_url(bad, url);

  INFO(bad);
  REQUIRE(reason != "");
}

TEST_CASE("A URL longer than its bound is refused", "[webhook][url]") {
  Url url;

  REQUIRE(parse_url("https://a.example/" + std::string(5000, 'a'), url).find("2048") != std::string::npos);
}
