// What an operation costs beside few and beside many of what it does not touch: the resume of one endpoint among others that wait,
// the claim of a replay and GET /replays among stored jobs. Prints one line for each pair of sizes.
//   growth_micro STATE_DIRECTORY [less]        less: a tenth of everything, to show that it works
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>

#include "host/base/clock.hpp"
#include "host/replay/local_job_store.hpp"
#include "host/runtime/lanes.hpp"
#include "host/state/rocks_store.hpp"

namespace {

using namespace reprise;
using namespace std::chrono_literals;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "growth_micro: %s\n", what);
  std::exit(1);
}

// Microseconds for each of so many calls: the best of five rounds, because what disturbs only adds.
double cost(int calls, const std::function<void()>& call) {
  double best = 0;
  for (int round = 0; round < 5; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < calls; ++i) call();
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    best = round == 0 ? took.count() / calls : std::min(best, took.count() / calls);
  }
  return best;
}

void tell(const char* what, const char* beside, std::size_t few, double few_us, std::size_t many, double many_us) {
  std::printf("what=%s beside=%s few=%zu few_us=%.3f many=%zu many_us=%.3f ratio=%.2f\n", what, beside, few, few_us,
              many, many_us, many_us / few_us);
}

// One endpoint gets its record back and puts it off again; each other endpoint has one record that waits.
double resume_beside(std::uint64_t endpoints) {
  runtime::FlightTable flights;
  // Room for all of them: the share of so many is not what is measured.
  runtime::Lanes lanes(flights, {.max_bytes = 1ULL << 40, .endpoint_share = 1, .max_open = 10'000'000});
  reprise_record record{};
  const auto offer = [&] {
    const runtime::FlightId id = lanes.take_ready();
    flights.at(id).state = runtime::Flight::State::Offered;
    return id;
  };
  const BootTime now{1'000'000'000};
  const BootTime later = now + 1h;
  for (std::uint64_t endpoint = 1; endpoint <= endpoints; ++endpoint) {
    const runtime::FlightId id = flights.take();
    runtime::Flight& flight = flights.at(id);
    flight.state = runtime::Flight::State::Judged;
    flight.bytes = 1000;
    flight.record = &record;
    require(lanes.enter(id, {.order = endpoint, .group = endpoint}), "an endpoint has no room");
    lanes.park(offer(), later, true);
  }
  return cost(10'000, [&] {
    lanes.endpoint_resumed(endpoints / 2, now);
    lanes.wake_parked(now);
    lanes.park(offer(), later, true);
  });
}

replay::Job open_job(int number) {
  char id[32];
  std::snprintf(id, sizeof id, "%026d", number);
  replay::Job job;
  job.id = id;
  job.connector = "account-activity-replay";
  job.key = std::to_string(number);
  job.from_ms = 1;
  job.to_ms = 2;
  return job;
}

struct Costs {
  double claim = 0, list = 0, list_none = 0;
};

// claim: the oldest is taken and given back. list: the newest 100, as GET /replays asks; list_none: those that failed, which none has.
Costs jobs_beside(std::size_t stored, const std::filesystem::path& folder) {
  const SystemClock clock;
  std::filesystem::remove_all(folder);
  auto opened = state::RocksStore::open(folder, {.on_event = {}, .clock = &clock});
  require(opened.ok(), "the state does not open");
  state::Batch batch;
  for (std::size_t i = 0; i < stored; ++i) {
    const replay::Job job = open_job(static_cast<int>(i));
    batch.put("jj" + job.id, replay::encode(job));
    if (batch.size() < 1'000 && i + 1 < stored) continue;
    require((*opened)->commit(batch).ok(), "the jobs cannot be stored");
    batch.clear();
  }
  replay::LocalJobStore jobs(**opened, clock, "growth");
  require(jobs.list({.limit = 1}).ok(), "the jobs cannot be read");  // once in a process: not what is measured
  Costs costs;
  costs.claim = cost(500, [&] {
    auto claimed = jobs.claim("growth", [](const replay::JobLine&) { return true; });
    require(claimed.ok() && claimed->has_value(), "no job is claimed");
    require(jobs.release(**claimed).ok(), "a job is not given back");
  });
  costs.list = cost(50, [&] { require(jobs.list({.limit = 100})->size() == 100, "the list is short"); });
  costs.list_none = cost(
      50, [&] { require(jobs.list({.state = replay::JobState::Failed, .limit = 100})->empty(), "a job has failed"); });
  return costs;
}

}  // namespace

int main(int argc, char** argv) {
  require(argc >= 2, "names no directory");
  const std::filesystem::path folder = std::filesystem::path(argv[1]) / "growth";
  const std::size_t part = argc > 2 && std::string(argv[2]) == "less" ? 10 : 1;
  const std::size_t endpoints = 50'000 / part, stored = 100'000 / part;

  tell("resume", "endpoints", endpoints / 10, resume_beside(endpoints / 10), endpoints, resume_beside(endpoints));
  const Costs few = jobs_beside(stored / 10, folder);
  const Costs many = jobs_beside(stored, folder);
  tell("claim", "jobs", stored / 10, few.claim, stored, many.claim);
  tell("list", "jobs", stored / 10, few.list, stored, many.list);
  tell("list_none", "jobs", stored / 10, few.list_none, stored, many.list_none);
  std::filesystem::remove_all(folder);
  return 0;
}
