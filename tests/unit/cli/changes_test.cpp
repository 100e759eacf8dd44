#include "host/cli/changes.hpp"

#include <catch2/catch.hpp>

using namespace reprise;
using namespace reprise::cli;

namespace {

config::ConnectorConfig connector(const std::string& name, const std::string& fingerprint) {
  config::ConnectorConfig made;
  made.name = name;
  made.fingerprint = fingerprint;
  return made;
}

}  // namespace

TEST_CASE("A reload is told by what came, went and changed", "[cli][changes]") {
  config::Config before;
  before.connectors = {connector("same", "1"), connector("changed", "2"), connector("gone", "3")};
  config::Config after;
  after.connectors = {connector("same", "1"), connector("changed", "9"), connector("new", "4"),
                      connector("newer", "5")};
  const std::map<std::string, tables::Change> tables = {
      {"gone", {.went = 1}}, {"same", {}}, {"webhooks", {.came = 2, .went = 1, .changed = 1}}};

  CHECK(describe_changes(before, after, tables) ==
        "connectors +2 -1 ~1, tables.gone +0 -1 ~0, tables.webhooks +2 -1 ~1");
  CHECK(describe_changes(before, before, {{"same", {}}}) == "nothing");
}

TEST_CASE("Settings of the process wait for a restart, and are named", "[cli][changes]") {
  config::Config before;
  config::Config after;
  CHECK(waiting_for_restart(before, after).empty());

  after.worker.outgoing.allow = {AddressRange::parse("10.0.0.0/8").value()};
  after.worker.outgoing.deny = {AddressRange::parse("10.9.0.0/16").value()};
  after.worker.outgoing.ports = {{443, 443}};
  after.worker.outgoing.nat64 = {AddressRange::parse("64:ff9b::/96").value()};
  after.worker.shards = 8;
  after.worker.plugin_path = {"/opt/plugins"};
  after.rest.listen = config::RestConfig::Listen{"127.0.0.1", 8083};

  CHECK(waiting_for_restart(before, after) ==
        std::vector<std::string>{"worker.plugin_path", "worker.outgoing.allow_cidrs", "worker.outgoing.deny_cidrs",
                                 "worker.outgoing.ports", "worker.outgoing.nat64_prefixes", "worker.shards",
                                 "rest.listen"});
}
