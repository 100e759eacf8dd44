#include "host/runtime/watchdog.hpp"

#include "host/telemetry/log.hpp"

namespace reprise::runtime {
namespace {

using namespace std::chrono_literals;
// Counted in looks and not by a clock: a process that was suspended as a whole blames nobody.
constexpr auto kLook = 250ms;
constexpr int kSuspected = 6;  // 1.5 s; a turn that waits for events takes 1 s at most
constexpr int kBlamed = 12;    // 3 s

}  // namespace

Watchdog::Watchdog(std::vector<Shard*> shards, telemetry::Health& health)
    : shards_(std::move(shards)),
      health_(health),
      seen_(shards_.size()),
      thread_([this](const std::stop_token& stop) { watch(stop); }) {}

Watchdog::~Watchdog() = default;  // jthread: asks to stop, joins

void Watchdog::watch(const std::stop_token& stop) {
  const MutexLock lock(mutex_);
  while (!stop.stop_requested()) {
    for (std::size_t i = 0; i < shards_.size(); ++i) look(i);
    left_.wait_for(mutex_, stop, kLook, [&stop] { return stop.stop_requested(); });
  }
}

void Watchdog::look(std::size_t index) {
  Seen& seen = seen_[index];
  const std::uint64_t turn = shards_[index]->loop().turn();
  const std::string subject = "shard/" + std::to_string(index);
  if (turn == 0 || turn != seen.turn) {
    if (seen.is_blamed) {
      health_.clear(subject);
      telemetry::info("a shard turns again", {{"shard", index}});
    }
    seen = {turn, 0, false};
    return;
  }
  if (++seen.looks < kBlamed || seen.is_blamed) return;
  seen.is_blamed = true;
  const std::string text = culprit(*shards_[index]) + " for 3 s; everything else of its shard waits for it";
  telemetry::error(text, {{"kind", "shard.blocked"}, {"shard", index}});
  health_.set(subject, telemetry::HealthState::Down, text);
}

// The instance cannot go while its call lasts: who destroys it has to pass through this very shard first.
std::string Watchdog::culprit(const Shard& shard) const {
  const plugin::detail::CurrentCall& current = *shard.loop().call();
  const char* const call = current.call.load(std::memory_order_acquire);
  if (call == nullptr) return "the host itself, in no plugin's call, has not come back from a turn";
  return "plugin " + std::string(current.instance.load(std::memory_order_relaxed)) + " has not come back from " + call;
}

std::string Watchdog::blocked() const {
  const MutexLock lock(mutex_);
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    if (seen_[i].looks >= kSuspected && shards_[i]->loop().turn() == seen_[i].turn) return culprit(*shards_[i]);
  }
  return {};
}

}  // namespace reprise::runtime
