#include "audit.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace field {
namespace {

constexpr std::size_t kMaxExamples = 10;

}  // namespace

Audit::Event& Audit::event(const std::string& webhook, const Digest& digest) {
  std::string key(reinterpret_cast<const char*>(digest.data()), digest.size());
  key += webhook;
  Event& found = events_[key];
  if (found.webhook.empty()) found.webhook = webhook;
  return found;
}

void Audit::add(const TopicRecord& record) {
  ++totals_.records;
  Event& own = event(record.webhook, record.digest);
  if (own.copies_in_topic++ == 0) {
    own.first_offset = record.offset;
    own.partition = record.partition;
    own.event_id = record.event_id;
  }
  const bool is_asked = scope_.webhook.empty() || scope_.webhook == record.webhook;
  if (is_asked && record.timestamp_ms >= scope_.from_ms && record.timestamp_ms < scope_.to_ms) {
    if (own.copies_in_scope++ == 0) own.first_offset_in_scope = record.offset;
    ++totals_.records_in_scope;
  }
}

bool Audit::concerns(const Delivery& delivery) const {
  if (!scope_.webhook.empty() && scope_.webhook != delivery.webhook) return false;
  if (delivery.kind != "live" && delivery.kind != "replay") return true;  // of neither kind: a phantom in every audit
  if (!scope_.is_replay) return delivery.kind == "live";
  return delivery.kind == "replay" && (scope_.job.empty() || scope_.job == delivery.job);
}

void Audit::add(const Delivery& delivery) {
  if (!concerns(delivery)) return;
  if (delivery.signature == "bad") ++totals_.bad_signatures;
  if (delivery.signature == "absent") ++totals_.absent_signatures;
  if (delivery.kind != "live" && delivery.kind != "replay") {
    ++totals_.phantom;
    if (totals_.examples.size() < kMaxExamples) {
      totals_.examples.push_back("phantom: webhook " + delivery.webhook + " event " + delivery.event_id +
                                 " of kind \"" + delivery.kind + "\"");
    }
    return;
  }
  Event& own = event(delivery.webhook, delivery.digest);
  if (own.event_id.empty()) own.event_id = delivery.event_id;
  ++own.requests;
  const bool is_2xx = delivery.status >= 200 && delivery.status < 300;
  const bool is_late = is_2xx && delivery.wall_ms > scope_.ended_ms;
  if (is_2xx) {
    ++totals_.answered_2xx;
    if (is_late) ++totals_.late;
    ++own.answered;
  } else {
    ++totals_.answered_other;
  }
  // What came late has its own count: that it also came after all others says nothing new.
  answers_.push_back({&own, delivery.epoch, delivery.job, is_2xx && !is_late && own.answered == 1});
}

void Audit::add_dead_letter(const std::string& webhook, const Digest& digest) {
  ++totals_.dead_letters;
  ++event(webhook, digest).dead_letters;
}

Verdict Audit::verdict() const {
  Verdict result = totals_;
  const auto example = [&result](const char* what, const Event& own) {
    if (result.examples.size() >= kMaxExamples) return;
    std::string line = std::string(what) + ": webhook " + own.webhook + " event " + own.event_id;
    if (own.copies_in_topic > 0) {
      line += " at partition " + std::to_string(own.partition) + " offset " + std::to_string(own.first_offset);
    }
    result.examples.push_back(line);
  };
  for (const auto& [key, own] : events_) {
    const bool is_known = scope_.is_replay ? own.copies_in_scope > 0 : own.copies_in_topic > 0;
    // A dead letter of content that the topic never held is as invented as a request of it.
    const std::int64_t invented = own.requests + (scope_.is_replay ? 0 : own.dead_letters);
    if (!is_known && invented > 0) {
      result.phantom += invented;
      example("phantom", own);
    }
    const std::int64_t allowed = scope_.deduplicated ? 1 : std::max<std::int64_t>(1, own.copies_in_topic);
    result.duplicates += std::max<std::int64_t>(0, own.answered - allowed);
    result.repeated_dead_letters += std::max<std::int64_t>(0, own.dead_letters - allowed);
    if (own.copies_in_scope == 0) continue;
    ++result.events;
    const bool is_dead = own.dead_letters > 0;
    if (is_dead && own.answered > 0) ++result.dead_and_delivered;
    if (is_dead && own.answered == 0) ++result.dead_events;
    const std::int64_t expected = scope_.deduplicated ? 1 : own.copies_in_scope;
    const std::int64_t settled = own.answered + (scope_.is_replay ? 0 : own.dead_letters);
    if (settled < expected) {
      result.missing += expected - settled;
      example("missing", own);
    }
  }
  // Order is a partition's: a topic that gained partitions puts later records of a key elsewhere.
  std::map<std::pair<std::string, std::int32_t>, std::int64_t> highest_offset;
  std::map<std::string, std::int64_t> highest_epoch;
  for (const Answer& answer : answers_) {
    auto& epoch = highest_epoch[answer.job];
    if (answer.epoch < epoch) ++result.stale_epochs;
    epoch = std::max(epoch, answer.epoch);
    const Event& own = *answer.event;
    if (!answer.is_first_2xx || own.copies_in_scope == 0) continue;
    auto [highest, is_new] = highest_offset.try_emplace({own.webhook, own.partition}, own.first_offset_in_scope);
    if (!is_new && own.first_offset_in_scope < highest->second) {
      ++result.inversions;
      example("out of order", own);
    }
    highest->second = std::max(highest->second, own.first_offset_in_scope);
  }
  return result;
}

}  // namespace field
