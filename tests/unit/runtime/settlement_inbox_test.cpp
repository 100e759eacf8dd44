#include "host/runtime/settlement_inbox.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

namespace reprise::runtime {

TEST_CASE("The first settlement of a foreign thread asks for a turn, the shard's own never do",
          "[runtime][settlement]") {
  SettlementInbox inbox;
  const reprise_settlement one{7, REPRISE_OK, 200, nullptr};

  CHECK_FALSE(inbox.push({&one, 1}, true));
  CHECK(inbox.push({&one, 1}, false));
  CHECK_FALSE(inbox.push({&one, 1}, false));
  CHECK(inbox.drain().size() == 3);
  CHECK(inbox.drain().empty());
  CHECK(inbox.push({&one, 1}, false));
}

TEST_CASE("A settlement keeps a copy of its error", "[runtime][settlement]") {
  SettlementInbox inbox;
  reprise_error error{};
  std::strcpy(error.kind, "http.status");
  const reprise_settlement one{7, REPRISE_PERMANENT, 404, &error};
  inbox.push({&one, 1}, false);
  error.kind[0] = '\0';

  const Settled& settled = inbox.drain().at(0);

  CHECK(settled.handle == 7);
  CHECK(settled.status == REPRISE_PERMANENT);
  CHECK(settled.code == 404);
  CHECK(std::string(settled.error->kind) == "http.status");
}

TEST_CASE("Settlements of many threads all arrive once, each thread's in its order", "[runtime][settlement]") {
  constexpr std::uint64_t kThreads = 4, kEach = 20'000;
  SettlementInbox inbox;
  std::vector<std::uint64_t> next(kThreads, 0);
  std::uint64_t total = 0;
  bool is_ordered = true;
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&inbox, thread] {
        for (std::uint64_t i = 0; i < kEach; ++i) {
          const reprise_settlement one{thread << 32 | i, REPRISE_OK, 0, nullptr};
          inbox.push({&one, 1}, false);
        }
      });
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (total < kThreads * kEach && std::chrono::steady_clock::now() < deadline) {
      for (const Settled& settled : inbox.drain()) {
        is_ordered = is_ordered && next[settled.handle >> 32]++ == (settled.handle & UINT32_MAX);
        ++total;
      }
    }
  }

  CHECK(total == kThreads * kEach);
  CHECK(is_ordered);
}

}  // namespace reprise::runtime
