#include <algorithm>

#include "host/base/failpoint.hpp"
#include "host/runtime/task.hpp"
#include "host/telemetry/log.hpp"

// Groups of outcomes: the watermark, the marks above it, the counters and the transforms' own marks in one write.

namespace reprise::runtime {
namespace {
using namespace std::chrono_literals;
constexpr auto kCommitAgain = 250ms;
}  // namespace

void Task::mark_dirty(Stream& stream) {
  stream.is_dirty = true;
  if (group_due_ == BootTime::max()) group_due_ = loop_.now() + settings_.group_interval;
}

void Task::commit_if_due() {
  const bool is_full = !is_group_late_ && group_outcomes_ >= settings_.group_outcomes;
  if (is_full || loop_.now() >= group_due_) commit_group();
}

// False: it could not be written now (a full disk), or a transform could not take its outcomes; it is kept, and tried again.
bool Task::commit_group() {
  // In the former a transform reads its state while it is told outcomes.
  if (is_preparing_ || !can_commit_) return false;
  if (!is_group_prepared_) {
    if (!tell_outcomes()) return false;
    prepare_group();
  }
  if (batch_.empty()) {
    is_group_prepared_ = is_group_late_ = false;
    group_due_ = BootTime::max();
    return true;
  }
  REPRISE_FAILPOINT(before_commit);
  const BootTime begin = services_.clock.boot();
  const auto committed = services_.store.commit(batch_);
  if (!committed) return commit_later(committed.error());
  REPRISE_FAILPOINT(after_commit);
  batch_.clear();
  is_group_prepared_ = is_group_late_ = false;
  metrics_.commits.add();
  metrics_.commit_seconds.observe(std::chrono::duration<double>(services_.clock.boot() - begin).count());
  for (auto& stream : streams_) {
    if (stream) publish(*stream);
  }
  group_due_ = BootTime::max();
  for (auto& stream : streams_) {
    if (stream && stream->is_dirty) mark_dirty(*stream);  // outcomes that came while the group could not be written
  }
  want_turn();
  return true;
}

bool Task::commit_later(const Error& why) {
  if (why.status != Status::Retriable) {
    can_commit_ = false;
    fail(why);
    return false;
  }
  is_group_late_ = true;
  group_due_ = loop_.now() + kCommitAgain;
  services_.health.set(subject(), telemetry::HealthState::Degraded, why.message);
  return false;
}

// Writes what the transforms wrote since the last group, or the whole group if it is complete: never a part of one, and
// without telling outcomes, for a transform's call is under way.
bool Task::write_state() {
  if (batch_.empty() || is_group_prepared_) return batch_.empty() || commit_group();
  if (is_preparing_ || is_group_late_) return false;  // the group is half complete
  const auto written = services_.store.commit(batch_);
  if (!written) {
    if (written.error().status != Status::Retriable) fail(written.error());
    return false;
  }
  batch_.clear();
  return true;
}

// True: everything settled so far is durable, also what came while a group that was prepared could not be written.
bool Task::commit_all() {
  if (!commit_group()) return false;
  const bool has_rest =
      std::any_of(streams_.begin(), streams_.end(), [](const auto& stream) { return stream && stream->is_dirty; });
  return !has_rest || commit_group();
}

// What a transform writes while it is told belongs to this very group: one that fails is told the same again with the next
// try, and nothing of the group is written before. Those before it have been told; what they wrote waits in the batch.
bool Task::tell_outcomes() {
  is_preparing_ = true;
  Result<> told;
  for (std::size_t i = 0; i < notes_.size() && told; ++i) {
    if (notes_[i].empty()) continue;
    const std::size_t written = batch_.size();
    told = stages_.transforms[i]->outcome(notes_[i]);
    if (told) {
      notes_[i].clear();
    } else {
      batch_.cut(written);
    }
  }
  is_preparing_ = false;
  return told ? true : commit_later(told.error());
}

void Task::prepare_group() {
  REPRISE_FAILPOINT(before_watermark);
  for (auto& stream : streams_) {
    if (!stream || !stream->is_dirty) continue;
    stream->is_dirty = false;
    stream->is_print_due = true;
    check_identities(*stream);
    batch_.put(stream->plan.key.progress(), stream->ledger.checkpoint().encode());
    if (stream->minutes) stream->minutes->write(batch_, stream->plan.key.minutes());
  }
  group_outcomes_ = 0;
  is_group_prepared_ = true;
}

void Task::check_identities(const Stream& stream) {
  const std::string mismatch = stream.ledger.mismatch();
  if (mismatch.empty()) return;
  metrics_.mismatches.add();
  telemetry::error("the account of a partition does not add up: a bug, please report it",
                   {{"connector", settings_.connector},
                    {"task", settings_.number},
                    {"kind", "account.mismatch"},
                    {"topic", stream.plan.key.topic},
                    {"partition", stream.plan.key.partition},
                    {"offset", stream.ledger.watermark()},
                    {"reason", mismatch}});
}

void Task::publish(Stream& stream) {
  metrics_.add(stream.published, stream.ledger.counters());
  stream.published = stream.ledger.counters();
}

void Task::courtesy_commit() {
  std::vector<reprise_place> places;
  for (const auto& stream : streams_) {
    if (!stream || !stream->plan.job.empty() || stream->phase != Stream::Phase::Running) continue;
    const std::int64_t watermark = stream->ledger.watermark();
    if (watermark == stream->committed) continue;
    stream->committed = watermark;
    reprise_place place{};
    place.topic = text_of(stream->plan.key.topic);
    place.partition = stream->plan.key.partition;
    place.offset = watermark;
    places.push_back(place);
  }
  if (!places.empty()) stages_.source.commit(places);
}

}  // namespace reprise::runtime
