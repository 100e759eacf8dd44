#include <catch2/catch.hpp>

#include <atomic>

#include "tests/hostile/parties.hpp"

using namespace reprise::hostile;
using namespace reprise::webhook::test;

namespace {

// A receiver that holds its answer back until the row is another one, and then says `answer`.
class LateReceiver {
 public:
  explicit LateReceiver(std::string answer) : answer_(std::move(answer)) {}

  bool has_request() const { return waiting_ > 0; }
  void release() { is_released_ = true; }
  std::string url() const { return server_.url(); }

 private:
  std::string answer_;
  std::atomic<int> waiting_{0};
  std::atomic<bool> is_released_{false};
  Server server_{[this](const Received&, Peer& peer) {
    ++waiting_;
    while (!is_released_ && !peer.gone()) {
    }
    if (!answer_.empty()) peer.write(answer_);
    peer.close();
  }};
};

}  // namespace

TEST_CASE("What the old row's receiver says late does not hold for the new row", "[hostile][rows]") {
  const auto answer = GENERATE(response(410), response(429, "Retry-After: 3600\r\n"),
                               response(503, "Retry-After: 3600\r\n"), response(500), std::string());
  CAPTURE(answer);
  LateReceiver late(answer);
  Server fresh([](const Received&, Peer& peer) { peer.write(response(200)); });
  Harness host;
  host.set_row("42", row(late.url()));
  REQUIRE(host.start(to_table({{"breaker.failures", "1"}})) == REPRISE_OK);
  const auto old = host.offer("42", "x");
  REQUIRE(host.run_until([&] { return late.has_request(); }));
  host.set_row("42", row(fresh.url()));
  REQUIRE(host.send("42", "x").status == REPRISE_OK);

  late.release();
  const Settled outcome = host.wait_for(old);

  REQUIRE(outcome.status != REPRISE_OK);
  const Settled next = host.send("42", "x");
  CHECK(next.kind == "");
  CHECK(next.status == REPRISE_OK);
  CHECK(fresh.received().size() == 2);
}
