// What worker.outgoing says reaches every plugin's question for an address.
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/contract/faulty_worker.hpp"

using Catch::Matchers::Contains;
using reprise::contract::FaultyWorker;

TEST_CASE("What the worker denies no option of a plugin opens", "[contract][worker][outgoing]") {
  FaultyWorker worker("asks_for_addresses");
  worker.with_worker_lines(
      "  outgoing: {deny_cidrs: [10.9.0.0/16], ports: [443, 8000-8999], nat64_prefixes: [\"2001:db8:64::/96\"]}\n");

  worker.start();
  const std::string log = worker.await_log("asked for 2001:db8:64::a09:1");

  // Of the machine's interfaces, loopback is opened by a range that holds it; any other only by its own address.
  CHECK_THAT(log, Contains("asked for 127.0.0.1 port 443: may be reached"));
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line) && line.find("asked for 10.8.0.1") == std::string::npos;) {
    if (line.find("asked for ") != std::string::npos && line.find("127.0.0.1") == std::string::npos)
      CHECK_THAT(line, Contains("is an address of this machine"));
  }
  CHECK_THAT(log, Contains("asked for 10.8.0.1 port 443: may be reached"));
  CHECK_THAT(log,
             Contains("asked for 10.9.0.1 port 443: 10.9.0.1 is in 10.9.0.0/16, which worker.outgoing.deny_cidrs"));
  CHECK_THAT(log, Contains("asked for 10.8.0.1 port 22: port 22 is none of worker.outgoing.ports"));
  CHECK_THAT(log, Contains("asked for 2001:db8:64::a08:1 port 443: may be reached"));
  CHECK_THAT(log, Contains("asked for 2001:db8:64::a09:1 port 443: 2001:db8:64::a09:1 leads to 10.9.0.1 is in"));
}
