#include "host/runtime/end_watch.hpp"

#include "host/telemetry/log.hpp"

namespace reprise::runtime {
namespace {

using namespace std::chrono_literals;
constexpr auto kAskEvery = 2s;
constexpr auto kAskAgain = 500ms;  // after a question without answer: a leader may just be moving
constexpr auto kPatience = 1s;     // of one question; the control thread has other things to do
constexpr auto kSilentAfter = 3s;  // without an answer

}  // namespace

void EndWatch::ask(const std::vector<Pipeline*>& running, const std::set<TopicPartition>& partitions) {
  const BootTime now = clock_.boot();
  next_due_ = now + kAskEvery;
  if (partitions.empty()) {
    answered_ = now;  // nobody was asked
    return;
  }
  const auto ends = std::make_shared<const Result<PartitionEnds>>(running.front()->ends(partitions, now + kPatience));
  note(*ends);
  if (!ends->ok() && !is_silent_) return;
  for (Pipeline* const pipeline : running) pipeline->note_ends(ends);
}

void EndWatch::note(const Result<PartitionEnds>& ends) {
  const BootTime now = clock_.boot();
  if (ends) {
    answered_ = now;
    if (std::exchange(is_silent_, false)) telemetry::info("the source answers again", {{"connector", connector_}});
  } else if (now - answered_ < kSilentAfter) {
    next_due_ = now + kAskAgain;
  } else {
    next_due_ = now + kAskEvery;
    if (std::exchange(is_silent_, true)) return;
    telemetry::warn("the source does not answer; how far its tasks are behind is not known",
                    {{"connector", connector_}, {"kind", ends.error().kind}, {"reason", ends.error().message}});
  }
}

}  // namespace reprise::runtime
