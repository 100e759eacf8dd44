#include "host/runtime/dead_letters.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/runtime/fakes.hpp"

namespace reprise::runtime {
namespace {

using namespace fakes;
using Headers = std::vector<std::pair<std::string, std::string>>;

reprise_error an_error() {
  reprise_error error{};
  std::strcpy(error.kind, "http.status");
  std::strcpy(error.message, "the receiver answered 404");
  return error;
}

/// A queue in front of a sink that keeps what it is offered.
class Setup {
 public:
  Setup() {
    sink.on_offer = [this](ScriptedSink::Offer offer) { offers.push_back(std::move(offer)); };
  }
  FlightId enter(std::size_t value_bytes = 5) {
    value_ = std::string(value_bytes, 'v');
    record_ = {};
    record_.topic = text_of("orders");
    record_.partition = 3;
    record_.offset = 41;
    record_.value = bytes_of(value_);
    record_.headers = own_headers.data();
    record_.header_count = static_cast<std::uint32_t>(own_headers.size());
    const FlightId id = flights.take();
    Flight& flight = flights.at(id);
    flight.state = Flight::State::Offered;
    flight.offset = record_.offset;
    flight.record = &record_;
    flight.bytes = static_cast<std::uint32_t>(value_bytes);
    queue.enter(id, Stage::TaskPut, an_error());
    value_ = "overwritten: the queue has its own copy";
    return id;
  }

  ScriptedSink sink;
  FlightTable flights;
  DeadLetters queue{flights, "orders-to-hooks", 2, sink, 1000, {.full_jitter = false}};
  std::vector<ScriptedSink::Offer> offers;
  std::vector<reprise_header> own_headers{{text_of("trace"), bytes_of("abc"), 0}};
  BootTime now{1'000'000'000};

 private:
  std::string value_;
  reprise_record record_{};
};

}  // namespace

TEST_CASE("A dead letter carries its own headers and Kafka Connect's (KIP-298)", "[runtime][dead_letters]") {
  Setup s;
  s.enter();

  REQUIRE(s.queue.offer(s.now, 1000).ok());

  REQUIRE(s.offers.size() == 1);
  CHECK(s.offers[0].value == "vvvvv");
  CHECK(s.offers[0].headers == Headers{{"trace", "abc"},
                                       {"__connect.errors.topic", "orders"},
                                       {"__connect.errors.partition", "3"},
                                       {"__connect.errors.offset", "41"},
                                       {"__connect.errors.connector.name", "orders-to-hooks"},
                                       {"__connect.errors.task.id", "2"},
                                       {"__connect.errors.stage", "TASK_PUT"},
                                       {"__connect.errors.class.name", "http.status"},
                                       {"__connect.errors.exception.class.name", "http.status"},
                                       {"__connect.errors.exception.message", "the receiver answered 404"}});
  CHECK(s.queue.offered() == 1);
  CHECK(s.queue.waiting() == 0);
}

TEST_CASE("What a producer says in our names is not kept in a dead letter", "[runtime][dead_letters]") {
  Setup s;
  const auto forged = GENERATE(as<std::string>{}, "__connect.errors.topic", "__connect.errors.offset",
                               "__connect.errors.value.truncated", "__connect.errors.of.tomorrow");
  s.own_headers.insert(s.own_headers.begin(), {text_of(forged), bytes_of("forged"), 0});
  s.enter();

  REQUIRE(s.queue.offer(s.now, 1000).ok());

  REQUIRE(s.offers.size() == 1);
  CHECK(s.offers[0].headers.size() == 10);
  CHECK(s.offers[0].headers[0] == std::pair<std::string, std::string>("trace", "abc"));
  CHECK(s.offers[0].headers[1] == std::pair<std::string, std::string>("__connect.errors.topic", "orders"));
  CHECK(s.offers[0].headers[3] == std::pair<std::string, std::string>("__connect.errors.offset", "41"));
}

TEST_CASE("A dead letter that was not acknowledged comes again after a pause, under a new handle",
          "[runtime][dead_letters]") {
  Setup s;
  const FlightId id = s.enter();
  REQUIRE(s.queue.offer(s.now, 1000).ok());

  CHECK(s.queue.refused(id, REPRISE_RETRIABLE, s.now, 0) == DeadLetters::Next::Again);

  CHECK(s.queue.offered() == 0);
  CHECK(s.queue.next_due() == s.now + 1s);
  REQUIRE(s.queue.offer(s.now + 999ms, 1000).ok());
  CHECK(s.offers.size() == 1);
  REQUIRE(s.queue.offer(s.now + 1s, 1000).ok());
  REQUIRE(s.offers.size() == 2);
  CHECK(s.offers[1].handle != s.offers[0].handle);
  CHECK(s.flights.find(s.offers[0].handle) == 0);
  CHECK(s.flights.find(s.offers[1].handle) == id);
}

TEST_CASE("A value that the queue refuses for good is cut once, and says so", "[runtime][dead_letters]") {
  Setup s;
  const FlightId id = s.enter(100'000);
  REQUIRE(s.queue.offer(s.now, 1000).ok());

  REQUIRE(s.queue.refused(id, REPRISE_PERMANENT, s.now, 0) == DeadLetters::Next::Again);
  REQUIRE(s.queue.offer(s.now, 1000).ok());

  REQUIRE(s.offers.size() == 2);
  CHECK(s.offers[0].value.size() == 100'000);
  CHECK(s.offers[1].value == std::string(65'536, 'v'));
  CHECK(s.offers[1].headers.back() == std::pair<std::string, std::string>("__connect.errors.value.truncated", "true"));
  CHECK(s.offers[1].headers.size() == s.offers[0].headers.size() + 1);
  CHECK(s.queue.refused(id, REPRISE_PERMANENT, s.now, 0) == DeadLetters::Next::Plain);
}

TEST_CASE("A dead letter that is refused in its plain form as well cannot be helped", "[runtime][dead_letters]") {
  Setup s;
  const FlightId id = s.enter();
  REQUIRE(s.queue.offer(s.now, 1000).ok());

  CHECK(s.queue.refused(id, REPRISE_PERMANENT, s.now, 0) == DeadLetters::Next::Plain);
  REQUIRE(s.queue.offer(s.now, 1000).ok());
  CHECK(s.queue.refused(id, REPRISE_PERMANENT, s.now, 0) == DeadLetters::Next::None);
}

TEST_CASE("Dead letters wait while their queue takes none or fewer, in their order", "[runtime][dead_letters]") {
  Setup s;
  std::size_t taken = 0;
  s.sink.before_deliver = [&](std::size_t) -> Result<std::size_t> { return taken; };
  std::vector<FlightId> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(s.enter());

  REQUIRE(s.queue.offer(s.now, 1000).ok());
  CHECK(s.offers.empty());
  CHECK(s.queue.next_due() == s.now + 100ms);
  taken = 2;
  REQUIRE(s.queue.offer(s.now + 100ms, 1000).ok());
  CHECK(s.queue.waiting() == 1);
  taken = 3;
  REQUIRE(s.queue.offer(s.now + 200ms, 1000).ok());

  REQUIRE(s.offers.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(s.flights.find(s.offers[i].handle) == ids[i]);
}

TEST_CASE("A queue that cannot go on says so, one that is away does not", "[runtime][dead_letters]") {
  Setup s;
  Result<> answer;
  s.sink.before_deliver = [&](std::size_t) -> Result<std::size_t> { return answer.error(); };
  s.enter();

  answer = retriable("away", "the broker is away");
  CHECK(s.queue.offer(s.now, 1000).error().kind == "away");
  CHECK(s.queue.next_due() == s.now + 1s);
  answer = fatal("kafka.topic", "no such topic");
  const auto offered = s.queue.offer(s.now + 1s, 1000);

  REQUIRE_FALSE(offered.ok());
  CHECK(offered.error().kind == "kafka.topic");
}

TEST_CASE("Dead letters are bounded by their bytes, until they are acknowledged", "[runtime][dead_letters]") {
  Setup s;
  std::vector<FlightId> ids;
  for (int i = 0; i < 15; ++i) ids.push_back(s.enter(1 << 20));
  CHECK(s.queue.has_room());
  ids.push_back(s.enter(1 << 20));
  CHECK_FALSE(s.queue.has_room());

  REQUIRE(s.queue.offer(s.now, 1000).ok());
  CHECK_FALSE(s.queue.has_room());
  s.queue.acknowledged(ids[0]);

  CHECK(s.queue.has_room());
}

TEST_CASE("Dead letters are bounded, waiting and with the queue", "[runtime][dead_letters]") {
  Setup s;
  const FlightId first = s.enter();
  for (int i = 0; i < 998; ++i) s.enter();
  CHECK(s.queue.has_room());
  s.enter();
  CHECK_FALSE(s.queue.has_room());

  REQUIRE(s.queue.offer(s.now, 1000).ok());
  s.enter();
  REQUIRE(s.queue.offer(s.now, 1000).ok());

  CHECK(s.offers.size() == 1000);
  CHECK(s.queue.waiting() == 1);
  s.queue.acknowledged(first);
  REQUIRE(s.queue.offer(s.now, 1000).ok());
  CHECK(s.offers.size() == 1001);
}

}  // namespace reprise::runtime
