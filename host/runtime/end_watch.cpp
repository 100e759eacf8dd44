#include "host/runtime/end_watch.hpp"

#include <algorithm>

#include "host/telemetry/log.hpp"

namespace reprise::runtime {
namespace {

using namespace std::chrono_literals;
constexpr auto kAskEvery = 2s;
constexpr auto kAskAgain = 500ms;  // after a question without answer: a leader may just be moving
constexpr auto kPatience = 1s;     // of one question; the control thread has other things to do
constexpr auto kSilentAfter = 3s;  // without an answer

}  // namespace

void EndWatch::ask(const std::vector<Reader>& readers) {
  const BootTime now = clock_.boot();
  next_due_ = now + kAskEvery;
  if (readers.empty()) return;
  std::set<TopicPartition> partitions;
  for (const Reader& reader : readers) partitions.insert(reader.partitions->begin(), reader.partitions->end());
  PartitionEnds ends;
  const Result<> answered = readers.front().pipeline->find_ends(partitions, now + kPatience, &ends);
  note(answered);
  const auto known = std::make_shared<const Result<PartitionEnds>>(ends);
  for (const auto& [pipeline, own] : readers) {
    pipeline->note_ends(known);
    const bool has_all = std::all_of(own->begin(), own->end(), [&](const auto& each) { return ends.contains(each); });
    if (!answered && is_silent_ && !has_all)
      pipeline->note_ends(std::make_shared<const Result<PartitionEnds>>(answered.error()));
  }
}

void EndWatch::note(const Result<>& answered) {
  const BootTime now = clock_.boot();
  if (answered) {
    answered_ = now;
    if (std::exchange(is_silent_, false)) telemetry::info("the source answers again", {{"connector", connector_}});
  } else if (now - answered_ < kSilentAfter) {
    next_due_ = now + kAskAgain;
  } else {
    next_due_ = now + kAskEvery;
    if (std::exchange(is_silent_, true)) return;
    telemetry::warn("the source does not answer; how far its tasks are behind is not known",
                    {{"connector", connector_}, {"kind", answered.error().kind}, {"reason", answered.error().message}});
  }
}

}  // namespace reprise::runtime
