// What a whole worker makes of the world around it, with the plugins that users have.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/contract/faulty_worker.hpp"

using Catch::Matchers::Contains;
using reprise::contract::FaultyWorker;

namespace {

/// One that nobody listens on: the kernel's choice, given back at once.
int free_port() {
  const int file = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(file, reinterpret_cast<const sockaddr*>(&address), size) == 0);
  REQUIRE(::getsockname(file, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(file);
  return ntohs(address.sin_port);
}

}  // namespace

// librdkafka begins its threads with C11's thrd_create, which ThreadSanitizer does not know: it crashes in them.
#if !defined(__SANITIZE_THREAD__)
TEST_CASE("A task that begins without its broker says so, also when its dead letters go there", "[contract][worker]") {
  const char* const dead_letter =
      GENERATE("",
               "    errors: {tolerance: all, dead_letter: {plugin: sink-kafka, cluster: main, topic: orders.dead, "
               "create_topic: {enabled: true}}}\n");
  const std::string broker = "127.0.0.1:" + std::to_string(free_port());
  FaultyWorker worker("good_sink");
  worker.with_product_plugins()
      .with_sections("kafka:\n  main: {bootstrap_servers: \"" + broker + "\"}\n")
      .with_source("{plugin: source-kafka, cluster: main, topics: [orders], start: earliest}")
      .with_connector_lines(dead_letter)
      .with_drain_deadline("1s");

  worker.start();

  const std::string log = worker.await_log("the task waits for its source");
  CHECK_THAT(log, Contains("WARN  the task waits for its source connector=faulty task=0 kind=kafka.unreachable"));
  CHECK_THAT(log, Contains("(cluster at " + broker + ")\""));
  worker.await("/health/live", "\"connector/faulty/0\",\"state\":\"starting\",\"reason\":\"[^\"]*" + broker);
  worker.await_metric("reprise_health{subject=\"connector/faulty/0\"}", "2");
  CHECK(worker.stop() == 0);
}

TEST_CASE("A dead letter topic whose broker is away is named while its task waits to begin", "[contract][worker]") {
  const std::string broker = "127.0.0.1:" + std::to_string(free_port());
  FaultyWorker worker("good_sink");
  worker.with_product_plugins()
      .with_sections("kafka:\n  elsewhere: {bootstrap_servers: \"" + broker + "\"}\n")
      .with_connector_lines(
          "    errors: {tolerance: all, dead_letter: {plugin: sink-kafka, cluster: elsewhere, topic: orders.dead, "
          "create_topic: {enabled: true}}}\n")
      .with_drain_deadline("1s");

  worker.start();

  CHECK_THAT(worker.await_log("Kafka cannot be reached"),
             Contains("connector=faulty instance=faulty/dead_letter") && Contains("kind=kafka.unreachable"));
  worker.await("/health/live", "\"connector/faulty/dead_letter\",\"state\":\"degraded\"");
  CHECK(worker.stop() == 0);
}
#endif

TEST_CASE("A webhook that leads to the worker's own port is refused, whatever is allowed", "[contract][worker]") {
  const std::string own = "127.0.0.1:" + std::to_string(free_port());
  FaultyWorker worker("good_sink");
  worker.with_product_plugins()
      .with_sections("rest: {listen: \"" + own + "\"}\n")
      .with_sink("{plugin: sink-webhook, endpoint: {url: \"http://" + own +
                 "/replays\"}, allow_http: true, allow_cidrs: [127.0.0.0/8]}");

  worker.start();

  CHECK_THAT(worker.await_log("task failed"), Contains("connector=faulty") && Contains("kind=address.refused"));
  worker.await("/health/live", "port [0-9]+ is this worker's own API");
  worker.await_metric("reprise_records_total{connector=\"healthy\",outcome=\"delivered\",task=\"0\"}", "3");
  CHECK(worker.stop() == 0);
}
