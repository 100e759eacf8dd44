#include <arpa/inet.h>
#include <ifaddrs.h>

#include <catch2/catch.hpp>
#include <optional>

#include "tests/hostile/parties.hpp"

using namespace reprise::hostile;
using namespace reprise::webhook::test;

namespace {

/// An IPv4 address of this machine that is not loopback.
std::optional<std::string> address_of_an_interface() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return std::nullopt;
  std::optional<std::string> found;
  for (const ifaddrs* entry = list; entry != nullptr && !found; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET) continue;
    char text[INET_ADDRSTRLEN] = {};
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr, text, sizeof text);
    if (std::string(text).substr(0, 4) != "127.") found = text;
  }
  ::freeifaddrs(list);
  return found;
}

}  // namespace

TEST_CASE("A webhook does not reach this machine by the address of an interface", "[hostile][reach]") {
  const auto own = address_of_an_interface();
  if (!own) {
    WARN("this machine has no interface but loopback: nothing to reach");
    return;
  }
  Server server([](const Received&, Peer& peer) { peer.write(response(200)); }, nullptr, *own);
  // As an operator would write it whose receivers have private addresses: his own is in the range as well.
  const std::string range = "0.0.0.0/0";

  Harness stranger;
  REQUIRE(stranger.start({{"endpoint.url", server.url()},
                          {"allow_http", "true"},
                          {"allow_cidrs.count", "1"},
                          {"allow_cidrs.0", range}}) == REPRISE_OK);
  const Settled refused = stranger.send("k", "v");
  CHECK(refused.kind == "address.refused");
  CHECK(refused.status == REPRISE_PERMANENT);
  CHECK(server.connections() == 0);

  Harness meant;
  REQUIRE(meant.start({{"endpoint.url", server.url()},
                       {"allow_http", "true"},
                       {"allow_cidrs.count", "2"},
                       {"allow_cidrs.0", range},
                       {"allow_cidrs.1", *own + "/32"}}) == REPRISE_OK);
  CHECK(meant.send("k", "v").status == REPRISE_OK);
}
