#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <set>

#include "harness/driver.hpp"

using namespace reprise::dedup::test;

namespace {

using Content = std::pair<std::uint32_t, std::string>;  // slot, value

/// What dedup must do, in the plainest form.
struct Model {
  struct Flight {
    std::uint64_t handle;
    std::uint64_t tag;
  };
  std::set<Content> marked;
  std::set<Content> durable;
  std::map<Content, Flight> in_flight;
};

}  // namespace

TEST_CASE("Any schedule of records, outcomes, commits and crashes ends as the model says", "[dedup][property][one-thread]") {
  constexpr std::uint32_t kSlots = 3;
  const unsigned seed = GENERATE(range(1u, 41u));
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto below = [&](unsigned bound) { return static_cast<unsigned>(random() % bound); };

  Driver dedup{{"hash", seed % 2 == 0 ? "xxh3" : "sha256"}};
  for (std::uint32_t slot = 0; slot < kSlots; ++slot) {
    dedup.open(slot);
  }
  Model model;
  const unsigned contents = 5 + below(3000);
  for (int step = 0; step < 800; ++step) {
    const unsigned dice = below(100);
    if (dice < 60) {
      std::vector<TestRecord> records;
      for (unsigned i = below(50) + 1; i > 0; --i) {
        records.push_back({.value = std::to_string(below(contents)), .slot = below(kSlots)});
      }
      const auto verdicts = dedup.apply(records);
      std::uint64_t handle = dedup.last_handle() - records.size();
      for (std::size_t i = 0; i < records.size(); ++i) {
        ++handle;
        const Content content{records[i].slot, records[i].value};
        const auto leader = model.in_flight.find(content);
        if (leader != model.in_flight.end()) {
          REQUIRE(verdicts[i].action == REPRISE_ATTACH);
          REQUIRE(verdicts[i].leader == leader->second.handle);
        } else if (model.marked.contains(content)) {
          REQUIRE(verdicts[i].action == REPRISE_REPEAT);
        } else {
          REQUIRE(verdicts[i].action == REPRISE_KEEP);
          REQUIRE(verdicts[i].tag != 0);
          model.in_flight[content] = {handle, verdicts[i].tag};
        }
      }
    } else if (dice < 90) {
      std::vector<std::pair<std::uint64_t, reprise_outcome>> group;
      for (auto at = model.in_flight.begin(); at != model.in_flight.end();) {
        if (below(3) != 0) {
          ++at;
          continue;
        }
        const bool is_abandoned = below(10) == 0;
        group.emplace_back(at->second.tag, is_abandoned    ? REPRISE_ABANDONED
                                           : below(5) == 0 ? REPRISE_DEAD_LETTERED
                                                           : REPRISE_DELIVERED);
        if (!is_abandoned) {
          model.marked.insert(at->first);
        }
        at = model.in_flight.erase(at);
      }
      dedup.tell(group);
      if (below(10) != 0) {
        dedup.host.commit();
        model.durable = model.marked;
      }
    } else if (dice < 95) {
      dedup.crash(kSlots);
      model.marked = model.durable;
      model.in_flight.clear();
    } else {
      // A stream is closed: its leaders are abandoned, what was told is durable by then.
      const std::uint32_t slot = below(kSlots);
      dedup.host.commit();
      model.durable = model.marked;
      dedup.close(slot);
      std::erase_if(model.in_flight, [&](const auto& entry) { return entry.first.first == slot; });
      dedup.open(slot);
    }
  }
}
