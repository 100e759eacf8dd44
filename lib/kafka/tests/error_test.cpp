#include "lib/kafka/error.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace reprise::kafka;

TEST_CASE("Codes become the boundary's statuses", "[kafka][error]") {
  struct Case {
    rd_kafka_resp_err_t code;
    reprise_status status;
    std::string kind;
  };
  const Case cases[] = {{RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, REPRISE_RETRIABLE, "kafka.unreachable"},
                        {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, REPRISE_RETRIABLE, "kafka.unknown_topic"},
                        {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, REPRISE_PERMANENT, "record.too_large"},
                        {RD_KAFKA_RESP_ERR__BAD_MSG, REPRISE_FATAL, "kafka.corrupt"},
                        {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, REPRISE_RETRIABLE, "kafka.error"}};
  for (const Case& expected : cases) {
    const Error error = describe(expected.code, "topic orders");
    INFO(error.message);
    CHECK(error.status == expected.status);
    CHECK(error.kind == expected.kind);
    CHECK(error.message.starts_with("topic orders: "));
  }
}

TEST_CASE("A long message is cut to fit and terminated", "[kafka][error]") {
  Error error = describe(RD_KAFKA_RESP_ERR__TIMED_OUT, std::string(1000, 'x'));
  reprise_error out{};

  const reprise_status status = error.tell(&out);

  CHECK(status == REPRISE_RETRIABLE);
  CHECK(std::string(out.message) == std::string(sizeof(out.message) - 1, 'x'));
  CHECK(std::string(out.kind) == "kafka.timeout");
  CHECK(out.about == REPRISE_ABOUT_ENDPOINT);
  CHECK(out.retry_after_ms == 0);
}

TEST_CASE("A deadline that has passed leaves no time", "[kafka][error]") {
  CHECK(remaining_ms(std::chrono::steady_clock::now() - std::chrono::seconds(1)) == 0);
  CHECK(remaining_ms(Deadline::max()) == 86'400'000);
}
