// What dedup costs an event: apply and outcome through the boundary's tables, 1 KiB values, 5 % copies, groups of 256, the
// state's writes copied and dropped. Prints one line for each hash; the hash alone beside it.
//   dedup_micro [events ...]        default: 1000000 10000000
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "plugins/dedup/src/dedup.hpp"

namespace {

using namespace reprise;
using Thunks = CommonThunks<dedup::Dedup>;
constexpr const reprise_transform_api& kApi = kTransformApi<dedup::Dedup>;
constexpr std::size_t kGroup = 256;
constexpr std::size_t kValueBytes = 1024;

std::string sink;  // where state goes
std::uint64_t state_bytes = 0;

std::int64_t cpu_ns() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

reprise_host make_host() {
  reprise_host host{};
  host.struct_size = sizeof host;
  host.abi_minor = REPRISE_ABI_MINOR;
  host.log_enabled = [](const reprise_host*, std::int32_t) -> std::int32_t { return 0; };
  host.now = [](const reprise_host*, std::int32_t clock) -> std::int64_t {
    timespec now = {};
    clock_gettime(clock == REPRISE_CLOCK_WALL ? CLOCK_REALTIME : CLOCK_BOOTTIME, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  };
  host.metric = [](const reprise_host*, std::int32_t, reprise_text, reprise_text, const reprise_option*,
                   std::size_t) -> std::uint64_t { return 1; };
  host.measure = [](const reprise_host*, std::uint64_t, double) {};
  host.health = [](const reprise_host*, reprise_text, std::int32_t, const reprise_error*) {};
  host.wake_at = [](const reprise_host*, std::int64_t) {};
  host.state_write = [](const reprise_host*, const reprise_state_op* ops, std::size_t count,
                        reprise_error*) -> reprise_status {
    for (std::size_t i = 0; i < count; ++i) {
      sink.assign(to_view(ops[i].value));
      state_bytes += ops[i].value.size;
    }
    return REPRISE_OK;
  };
  host.state_floor = [](const reprise_host*, std::uint32_t, std::int64_t, reprise_error*) {
    return reprise_status{REPRISE_PERMANENT};
  };
  host.state_scan = [](const reprise_host*, std::uint32_t, reprise_bytes, reprise_bytes, reprise_entry*,
                       std::int32_t) -> std::int32_t { return 0; };
  return host;
}

double hash_ns(dedup::HashKind kind) {
  dedup::Hasher hasher(kind);
  std::string value(kValueBytes, 'x');
  std::uint64_t sum = 0;
  const std::int64_t begin = cpu_ns();
  constexpr int kRounds = 1'000'000;
  for (int i = 0; i < kRounds; ++i) {
    std::memcpy(value.data(), &i, sizeof i);
    sum += hasher.hash(value).low;
  }
  const double ns = static_cast<double>(cpu_ns() - begin) / kRounds;
  return sum == 1 ? 0 : ns;
}

void run(const char* hash, dedup::HashKind kind, std::uint64_t events) {
  const reprise_host host = make_host();
  const std::vector<reprise_option> options = {{to_text("hash"), to_text(hash), 0, 0},
                                               {to_text("max_bytes"), to_text("4294967296"), 0, 0}};
  void* self = nullptr;
  reprise_error error{};
  reprise_stream stream{};
  if (Thunks::create(&host, options.data(), options.size(), &self, &error) != REPRISE_OK ||
      kApi.open(self, &stream, &error) != REPRISE_OK) {
    std::fprintf(stderr, "dedup_micro: %s\n", error.message);
    std::exit(1);
  }
  std::vector<std::string> values(kGroup, std::string(kValueBytes, 'x'));
  std::vector<reprise_record> records(kGroup);
  std::vector<const reprise_record*> pointers;
  for (auto& record : records) {
    pointers.push_back(&record);
  }
  std::vector<Verdict> verdicts(kGroup);
  std::vector<Note> notes;
  std::uint64_t handle = 0;
  std::uint64_t copies = 0;
  std::int64_t spent = 0;
  state_bytes = 0;
  for (std::uint64_t at = 0; at < events; at += kGroup) {
    for (std::size_t i = 0; i < kGroup; ++i) {
      const std::uint64_t number = at + i;
      const std::uint64_t id = number % 20 == 19 ? number / 2 : number;  // 5 % are copies of something older
      std::memcpy(values[i].data(), &id, sizeof id);
      records[i].handle = ++handle;
      records[i].offset = static_cast<std::int64_t>(number);
      records[i].value = to_bytes(values[i]);
    }
    std::fill(verdicts.begin(), verdicts.end(), Verdict{});
    const std::int64_t begin = cpu_ns();
    kApi.apply(self, pointers.data(), kGroup, verdicts.data(), &error);
    spent += cpu_ns() - begin;
    notes.clear();
    for (const Verdict& verdict : verdicts) {
      if (verdict.tag != 0) {
        notes.push_back({.tag = verdict.tag, .outcome = REPRISE_DELIVERED, .slot = 0});
      } else {
        ++copies;
      }
    }
    const std::int64_t middle = cpu_ns();
    if (kApi.outcome(self, notes.data(), notes.size(), &error) != REPRISE_OK) std::abort();
    spent += cpu_ns() - middle;
  }
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const double per_event = static_cast<double>(spent) / static_cast<double>(events);
  const double alone = hash_ns(kind);
  std::printf(
      "bench=dedup_micro hash=%s events=%llu ns_per_event=%.0f hash_ns=%.0f dedup_ns=%.0f copies=%llu "
      "state_bytes_per_event=%.1f "
      "max_rss_mb=%ld\n",
      hash, static_cast<unsigned long long>(events), per_event, alone, per_event - alone,
      static_cast<unsigned long long>(copies), static_cast<double>(state_bytes) / static_cast<double>(events),
      usage.ru_maxrss / 1024);
  Thunks::destroy(self);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::uint64_t> sizes;
  for (int i = 1; i < argc; ++i) {
    sizes.push_back(std::strtoull(argv[i], nullptr, 10));
  }
  if (sizes.empty()) {
    sizes = {1'000'000, 10'000'000};
  }
  for (const std::uint64_t events : sizes) {
    run("sha256", dedup::HashKind::Sha256, events);
    run("xxh3", dedup::HashKind::Xxh3, events);
  }
}
