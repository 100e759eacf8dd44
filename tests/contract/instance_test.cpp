// What reaches a plugin through the boundary and what comes back, faults included.
#include <catch2/catch.hpp>

#include <csignal>
#include <fstream>

#include "tests/contract/crash_child.hpp"
#include "tests/contract/fixture.hpp"

namespace reprise::contract {
namespace {

using Catch::Contains;

struct Delivered {
  reprise_status status;
  std::size_t taken;
  reprise_error error;
};

Delivered deliver(const plugin::Instance& instance, const RecordArray& records) {
  Delivered result{REPRISE_OK, 0, {}};
  const plugin::CallScope scope(instance.crash_name(), "deliver");
  result.status =
      instance.sink()->deliver(instance.self(), records.data(), records.size(), &result.taken, &result.error);
  return result;
}

TEST_CASE("A sink in C settles what it was given", "[contract][instance]") {
  const LoadedFault loaded("good_sink");
  RecordingHost host;
  auto instance = create(*loaded, host);
  REQUIRE(instance.ok());

  const Delivered result = deliver(**instance, RecordArray({"a", "b"}));

  CHECK(result.status == REPRISE_OK);
  CHECK(result.taken == 2);
  CHECK(host.settled == std::vector<RecordingHost::Settled>{{1, REPRISE_OK, 0, ""}, {2, REPRISE_OK, 0, ""}});
  CHECK((*instance)->source() == nullptr);
  CHECK((*instance)->transform() == nullptr);
  CHECK((*instance)->stop(BootTime{}).ok());
  CHECK((*instance)->stop(BootTime{}).ok());
}

TEST_CASE("A transform in C judges records", "[contract][instance]") {
  const LoadedFault loaded("good_transform");
  RecordingHost host;
  auto instance = create(*loaded, host);
  REQUIRE(instance.ok());
  const RecordArray records({"", "b"});
  std::array<reprise_verdict, 2> verdicts{};
  reprise_error error{};

  (*instance)->transform()->apply((*instance)->self(), records.data(), records.size(), verdicts.data(), &error);

  CHECK(verdicts[0].action == REPRISE_DROP);
  CHECK(verdicts[1].action == REPRISE_KEEP);
}

TEST_CASE("A source in C gives batches and takes them back", "[contract][instance]") {
  const LoadedFault loaded("good_source");
  RecordingHost host;
  auto instance = create(*loaded, host);
  REQUIRE(instance.ok());
  const reprise_source_api& source = *(*instance)->source();
  reprise_stream stream{};
  stream.struct_size = sizeof(stream);
  stream.start = 1;
  reprise_error error{};
  reprise_batch batch{};

  REQUIRE(source.open((*instance)->self(), &stream, &error) == REPRISE_OK);
  REQUIRE(source.poll((*instance)->self(), 0, 10, 1024, &batch, &error) == REPRISE_OK);

  REQUIRE(batch.count == 2);
  CHECK(batch.records[0].offset == 1);
  CHECK(batch.next_offset == 3);
  batch.release(&batch);
}

TEST_CASE("A refused create names instance, reason and option", "[contract][instance]") {
  const LoadedFault loaded("create_fails");
  RecordingHost host;

  const auto instance = create(*loaded, host);

  REQUIRE_FALSE(instance.ok());
  CHECK(instance.error().status == Status::Fatal);
  CHECK(instance.error().option == "path");
  CHECK(instance.error().message == "orders/sink: must not lie below /proc");
}

TEST_CASE("Whatever a plugin says, the value of a secret option is not in it", "[contract][instance]") {
  const LoadedFault loaded("tells_its_options");
  RecordingHost host;
  std::string key = "-----BEGIN PRIVATE KEY-----";
  for (int i = 0; i < 40; ++i) key += "\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49canary" + std::to_string(i);
  const auto secret = [](std::string value) { return config::Option{"refuse", std::move(value), true, false, {}}; };
  const auto value = GENERATE_COPY(as<std::string>{}, key, "hunter2-canary", "quo\"te\\canary\nsecond-canary");

  const auto instance = create(*loaded, host, {{.name = "plain", .value = "shown", .where = {}}, secret(value)});

  REQUIRE_FALSE(instance.ok());
  CHECK_THAT(instance.error().message, Catch::StartsWith("orders/sink: refuse is \"******") && !Contains("canary"));
  CHECK(host.lines ==
        std::vector<std::string>{"1 plain is \"shown\" given=shown", "1 refuse is \"******\" given=******"});
  CHECK(host.reasons == std::vector<std::string>{"plain is \"shown\"", host.reasons.back()});
  CHECK_THAT(host.reasons.back(), Catch::StartsWith("refuse is \"******") && !Contains("canary"));
}

TEST_CASE("An exception in create becomes fatal with its text", "[contract][instance]") {
  const LoadedFault loaded("throws_in_create");
  RecordingHost host;

  const auto instance = create(*loaded, host);

  REQUIRE_FALSE(instance.ok());
  CHECK(instance.error().status == Status::Fatal);
  CHECK(instance.error().kind == "exception");
  CHECK(instance.error().message == "orders/sink: no create today");
}

TEST_CASE("An exception in deliver becomes fatal with its text, and nothing was taken", "[contract][instance]") {
  const LoadedFault loaded("throws_in_deliver");
  RecordingHost host;
  auto instance = create(*loaded, host);
  REQUIRE(instance.ok());

  const Delivered result = deliver(**instance, RecordArray({"a"}));

  CHECK(result.status == REPRISE_FATAL);
  CHECK(result.taken == 0);
  CHECK(std::string(result.error.message) == "no deliver today");
}

TEST_CASE("An exception in a function that returns nothing is the failure of its call", "[contract][instance]") {
  const LoadedFault loaded("throws_in_route");
  RecordingHost host;
  auto instance = create(*loaded, host);
  REQUIRE(instance.ok());
  const RecordArray records({"a"});
  reprise_route route{};
  reprise_error error{};

  const reprise_status status = (*instance)->sink()->route((*instance)->self(), records.data(), 1, &route, &error);

  CHECK(status == REPRISE_FATAL);
  CHECK(std::string(error.message) == "no route today");
}

TEST_CASE("What the host does not offer yet refuses, and can be called", "[contract][instance]") {
  const LoadedFault loaded("calls_everything");
  RecordingHost host;

  auto instance = create(*loaded, host);

  REQUIRE(instance.ok());
  CHECK(host.lines == std::vector<std::string>{"1 table_put: 2 not.offered", "1 decide: 2 not.offered",
                                               "1 state_floor: 2 not.offered", "1 emit: 0", "1 alloc: 0"});
}

TEST_CASE("An instance is told what it may have unsettled", "[contract][instance]") {
  const LoadedFault loaded("tells_limits");
  RecordingHost host;

  auto instance = create(*loaded, host);

  REQUIRE(instance.ok());
  CHECK(host.lines == std::vector<std::string>{"1 bytes 1024 records 16"});
}

TEST_CASE("An option that is missing or wrong is named", "[contract][instance]") {
  const auto registry = scan(example_directory());
  const auto loaded = registry->load("sink-lines");
  REQUIRE(loaded.ok());
  RecordingHost host;

  const auto without = create(**loaded, host);
  const auto empty = create(**loaded, host, {{.name = "path", .value = "", .where = {}}});
  const auto relative = create(**loaded, host, {{.name = "path", .value = "out.txt", .where = {}}});

  REQUIRE_FALSE(without.ok());
  CHECK(without.error().message == "orders/sink: path: is required and not set");
  REQUIRE_FALSE(empty.ok());
  CHECK(empty.error().option == "path");
  REQUIRE_FALSE(relative.ok());
  CHECK(relative.error().option == "path");
  CHECK(relative.error().message == "orders/sink: path: must be absolute");
}

TEST_CASE("The example sink takes back what it wrote of a batch that failed, and settles it as not written",
          "[contract][instance]") {
  const auto registry = scan(example_directory());
  const auto loaded = registry->load("sink-lines");
  REQUIRE(loaded.ok());
  RecordingHost host;
  auto instance = create(**loaded, host, {{.name = "path", .value = "/dev/full", .where = {}}});
  REQUIRE(instance.ok());
  REQUIRE((*instance)->start(BootTime::max()).ok());

  const RecordArray records({"one", "two"});  // lent until they are settled
  const Delivered result = deliver(**instance, records);

  REQUIRE((*instance)->stop(BootTime::max()).ok());
  CHECK(result.taken == 2);
  REQUIRE(host.settled.size() == 2);
  CHECK(host.settled[0].status == REPRISE_RETRIABLE);
  CHECK(host.settled[1].message == "cannot write to /dev/full");
}

TEST_CASE("The example sink writes lines, settles and counts", "[contract][instance]") {
  const TemporaryFolder folder;
  const auto registry = scan(example_directory());
  const auto loaded = registry->load("sink-lines");
  REQUIRE(loaded.ok());
  RecordingHost host;
  const std::string path = (folder.path() / "out.txt").string();
  auto instance = create(**loaded, host, {{.name = "path", .value = path, .where = {}}});
  REQUIRE(instance.ok());
  REQUIRE((*instance)->start(BootTime::max()).ok());

  const RecordArray records({"one", "two"});  // lent until they are settled
  const Delivered result = deliver(**instance, records);

  REQUIRE((*instance)->stop(BootTime::max()).ok());  // it writes what it took before it stops
  CHECK(result.taken == 2);
  CHECK(host.settled.size() == 2);
  CHECK(host.measured.at(host.metric_ids.at("example_lines_total")) == 2);
  std::ifstream file(path);
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == "one\ntwo\n");
}

TEST_CASE("The example with a socket lets records of one key wait for each other", "[contract][instance]") {
  const auto registry = scan(example_directory());
  const auto loaded = registry->load("sink-tcp-lines");
  REQUIRE(loaded.ok());
  RecordingHost host;
  const auto with = [&](const char* address) {
    return create(
        **loaded, host,
        {{.name = "address", .value = address, .where = {}}, {.name = "timeout", .value = "5000", .where = {}}});
  };
  CHECK(with("127.0.0.1").error().option == "address");
  CHECK(with("nowhere:80").error().option == "address");
  CHECK(with("127.0.0.1:0").error().option == "address");
  auto instance = with("127.0.0.1:7000");
  REQUIRE(instance.ok());
  RecordArray records({"a", "b", "c", "d"});
  const std::string key = "key", other = "other";
  for (std::size_t i = 0; i < 2; ++i) records[i].key = {reinterpret_cast<const std::uint8_t*>(key.data()), key.size()};
  records[2].key = {reinterpret_cast<const std::uint8_t*>(other.data()), other.size()};
  std::array<reprise_route, 4> routes{};
  reprise_error error{};

  REQUIRE((*instance)->sink()->route((*instance)->self(), records.data(), 4, routes.data(), &error) == REPRISE_OK);

  CHECK(routes[0].order != 0);
  CHECK(routes[0].order == routes[1].order);
  CHECK(routes[0].order != routes[2].order);
  CHECK(routes[3].order == 0);  // without a key: in any order
}

TEST_CASE("A plugin that hangs in stop is noticed while it hangs, and named", "[contract][crash]") {
  const Crash result = run_crash_child("hangs_in_stop", "stop");

  CHECK_THAT(result.error_output, Contains("orders/sink hangs in stop\n"));
  CHECK(result.signal == 0);
}

TEST_CASE("A plugin that crashes is named with its call before the process ends", "[contract][crash]") {
  struct Case {
    const char* fault;
    const char* call;
    int signal;
    const char* line;
  };
  const auto crash =
      GENERATE(Case{"crash_in_create", "create", SIGSEGV,
                    "reprise: plugin fault-crash-in-create (orders/sink) crashed in create: signal 11 (SIGSEGV)\n"},
               Case{"crashes_in_deliver", "deliver", SIGABRT,
                    "reprise: plugin fault-crashes-in-deliver (orders/sink) crashed in deliver: signal 6 (SIGABRT)\n"},
               Case{"crashes_in_thread", "deliver", SIGSEGV,
                    "reprise: plugin fault-crashes-in-thread crashed in a thread of its own: signal 11 (SIGSEGV)\n"});
  CAPTURE(crash.fault);

  const Crash result = run_crash_child(crash.fault, crash.call);

  CHECK_THAT(result.error_output, Contains(crash.line));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(result.signal == crash.signal);  // a sanitizer ends the process in its own way
#endif
}

}  // namespace
}  // namespace reprise::contract
