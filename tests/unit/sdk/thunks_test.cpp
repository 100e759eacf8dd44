// The C tables that the macros make, called as the host calls them.
#include <reprise/sink.hpp>
#include <reprise/source.hpp>
#include <reprise/transform.hpp>

#include <catch2/catch.hpp>

#include <cstring>
#include <stdexcept>

namespace {

class Least : public reprise::Sink {
 public:
  Least(reprise::Host host, const reprise::Options&) : Sink(host) {}
  reprise::Result<std::size_t> deliver(reprise::Records records) { return records.size() - 1; }
};

class Full : public reprise::Sink {
 public:
  Full(reprise::Host host, const reprise::Options& options) : Sink(host) {
    if (options.has("throw")) throw 42;
  }
  std::uint32_t traits() const noexcept { return REPRISE_NEEDS_HEADERS; }
  reprise::Result<> open(reprise::StreamView stream) {
    if (stream.slot() != 0) return reprise::retriable("slot", "one slot only").code(9);
    return {};
  }
  void close(std::uint32_t, std::int32_t) { throw std::runtime_error("close failed"); }
  void route(reprise::Records records, std::span<reprise_route> out) {
    for (std::size_t i = 0; i < records.size(); ++i) out[i] = {.order = 1, .group = records[i].handle()};
  }
  reprise::Result<std::size_t> deliver(reprise::Records) {
    throw reprise::retriable("busy", "later").retry_after_ms(250);
  }
  reprise::Result<> flush(std::int32_t why, std::int64_t) {
    if (why != REPRISE_FLUSH_DRAIN) return reprise::retriable("flush", "drains only");
    return {};
  }
  reprise::Result<> start(std::int64_t) { return {}; }
  reprise::Result<> stop(std::int64_t) { return {}; }
  void request_stop() {}
  void ready(std::int32_t, std::uint32_t) {}
  void wake(std::int64_t) { throw std::runtime_error("wake failed"); }
  reprise::Result<> reconfigure(const reprise::Options&) { return {}; }
};

class Counting : public reprise::Transform {
 public:
  Counting(reprise::Host host, const reprise::Options&) : Transform(host) {}
  reprise::Result<> apply(reprise::Records records, std::span<reprise::Verdict> verdicts) {
    for (std::size_t i = 0; i < records.size(); ++i) verdicts[i] = i == 0 ? reprise::keep(7) : reprise::attach(1);
    return {};
  }
  void outcome(std::span<const reprise::Note> notes) {
    for (const reprise::Note& note : notes) state(note.slot).append("log", "x");
  }
};

reprise_host quiet_host() {
  reprise_host host{};
  host.struct_size = sizeof(host);
  host.abi_minor = REPRISE_ABI_MINOR;
  host.log_enabled = [](const reprise_host*, std::int32_t) -> std::int32_t { return 0; };
  return host;
}

template <class T>
class Created {
 public:
  explicit Created(const reprise_plugin& entry) : entry_(entry) {
    REQUIRE(entry_.create(&host_, nullptr, 0, &self_, &error_) == REPRISE_OK);
  }
  ~Created() { entry_.destroy(self_); }
  void* self() const { return self_; }
  reprise_error& error() { return error_; }
  reprise_host& host() { return host_; }

 private:
  const reprise_plugin entry_;
  reprise_host host_ = quiet_host();
  void* self_ = nullptr;
  reprise_error error_{};
};

constexpr reprise_plugin least =
    reprise::CommonThunks<Least>::entry(REPRISE_KIND_SINK, &reprise::kSinkApi<Least>, nullptr);
constexpr reprise_plugin full =
    reprise::CommonThunks<Full>::entry(REPRISE_KIND_SINK, &reprise::kSinkApi<Full>, nullptr);
constexpr reprise_plugin counting =
    reprise::CommonThunks<Counting>::entry(REPRISE_KIND_TRANSFORM, &reprise::kTransformApi<Counting>, nullptr);

TEST_CASE("What an author leaves out is not offered", "[sdk][thunks]") {
  CHECK(least.traits == nullptr);
  CHECK(least.start == nullptr);
  CHECK(least.stop == nullptr);
  CHECK(least.wake == nullptr);
  CHECK(reprise::kSinkApi<Least>.open == nullptr);
  CHECK(reprise::kSinkApi<Least>.route == nullptr);
  CHECK(full.start != nullptr);
  CHECK(full.reconfigure != nullptr);
  CHECK(reprise::kSinkApi<Full>.flush != nullptr);
}

TEST_CASE("deliver says how many it took", "[sdk][thunks]") {
  Created<Least> sink(least);
  const reprise_record record{};
  const reprise_record* const records[] = {&record, &record, &record};
  std::size_t taken = 99;

  CHECK(reprise::kSinkApi<Least>.deliver(sink.self(), records, 3, &taken, &sink.error()) == REPRISE_OK);

  CHECK(taken == 2);
}

TEST_CASE("A failure crosses as it is, returned or thrown", "[sdk][thunks]") {
  Created<Full> sink(full);
  reprise_stream stream{};
  stream.slot = 3;
  const reprise_record record{};
  const reprise_record* const records[] = {&record};
  std::size_t taken = 99;

  CHECK(reprise::kSinkApi<Full>.open(sink.self(), &stream, &sink.error()) == REPRISE_RETRIABLE);
  CHECK(std::strcmp(sink.error().message, "one slot only") == 0);
  CHECK(sink.error().code == 9);
  CHECK(reprise::kSinkApi<Full>.deliver(sink.self(), records, 1, &taken, &sink.error()) == REPRISE_RETRIABLE);
  CHECK(sink.error().retry_after_ms == 250);
  CHECK(taken == 0);
}

TEST_CASE("What is no exception is fatal, too", "[sdk][thunks]") {
  const reprise_host host = quiet_host();
  const reprise_option option{reprise::to_text("throw"), reprise::to_text("1"), 0, 0};
  void* self = nullptr;
  reprise_error error{};

  CHECK(full.create(&host, &option, 1, &self, &error) == REPRISE_FATAL);

  CHECK(std::strcmp(error.kind, "exception") == 0);
  CHECK(self == nullptr);
}

TEST_CASE("A function that is void or has a result is a call with a status", "[sdk][thunks]") {
  Created<Full> sink(full);

  CHECK(full.ready(sink.self(), 0, 0, &sink.error()) == REPRISE_OK);
  CHECK(full.wake(sink.self(), 0, &sink.error()) == REPRISE_FATAL);
  CHECK(std::strcmp(sink.error().message, "wake failed") == 0);
  CHECK(reprise::kSinkApi<Full>.flush(sink.self(), REPRISE_FLUSH_DRAIN, 0, &sink.error()) == REPRISE_OK);
  CHECK(reprise::kSinkApi<Full>.flush(sink.self(), REPRISE_FLUSH_IDLE, 0, &sink.error()) == REPRISE_RETRIABLE);
}

TEST_CASE("A change of state that the host refuses fails the call that made it", "[sdk][thunks]") {
  Created<Counting> transform(counting);
  transform.host().state_write = [](const reprise_host*, const reprise_state_op*, std::size_t, reprise_error* error) {
    std::strcpy(error->kind, "state.op");
    return reprise_status{REPRISE_PERMANENT};
  };
  const reprise_note note{};

  CHECK(reprise::kTransformApi<Counting>.outcome(transform.self(), &note, 1, &transform.error()) == REPRISE_PERMANENT);

  CHECK(std::strcmp(transform.error().kind, "state.op") == 0);
}

TEST_CASE("After a call without a status threw, only stop works", "[sdk][thunks]") {
  Created<Full> sink(full);
  reprise_stream stream{};

  reprise::kSinkApi<Full>.close(sink.self(), 0, REPRISE_CLOSE_END);

  CHECK(reprise::kSinkApi<Full>.open(sink.self(), &stream, &sink.error()) == REPRISE_FATAL);
  CHECK(std::strcmp(sink.error().message, "close failed") == 0);
  CHECK(full.stop(sink.self(), 0, &sink.error()) == REPRISE_OK);
}

TEST_CASE("A host of another version is refused in create", "[sdk][thunks]") {
  reprise_host host = quiet_host();
  host.abi_minor = REPRISE_ABI_MINOR + 1;
  void* self = nullptr;
  reprise_error error{};

  CHECK(least.create(&host, nullptr, 0, &self, &error) == REPRISE_FATAL);

  CHECK(std::strcmp(error.kind, "abi") == 0);
}

TEST_CASE("Verdicts and state reach the host", "[sdk][thunks]") {
  Created<Counting> transform(counting);
  static std::string written;
  written.clear();
  transform.host().state_write = [](const reprise_host*, const reprise_state_op* changes, std::size_t count,
                                    reprise_error*) -> reprise_status {
    for (std::size_t i = 0; i < count; ++i) written += reprise::to_view(changes[i].value);
    return REPRISE_OK;
  };
  const reprise_record record{};
  const reprise_record* const records[] = {&record, &record};
  reprise_verdict verdicts[2] = {};
  const reprise_note notes[2] = {};

  const reprise_transform_api& api = reprise::kTransformApi<Counting>;
  CHECK(api.apply(transform.self(), records, 2, verdicts, &transform.error()) == REPRISE_OK);
  CHECK(api.outcome(transform.self(), notes, 2, &transform.error()) == REPRISE_OK);

  CHECK(verdicts[0].action == REPRISE_KEEP);
  CHECK(verdicts[0].tag == 7);
  CHECK(verdicts[1].action == REPRISE_ATTACH);
  CHECK(verdicts[1].leader == 1);
  CHECK(written == "xx");
}

TEST_CASE("A message is cut between characters", "[sdk][failure]") {
  const reprise::Failure failure = reprise::fatal("kind", std::string(366, 'a') + "\xc3\xa4");

  CHECK(failure.message() == std::string(366, 'a'));
}

}  // namespace
