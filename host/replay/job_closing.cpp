#include "host/base/time_text.hpp"
#include "host/replay/job_runner.hpp"
#include "host/telemetry/log.hpp"

// How a job is left.

namespace reprise::replay {
namespace {

using namespace std::chrono_literals;
constexpr auto kStoreAgain = 500ms;

}  // namespace

// How the job is left, in the store. A cancel that was asked for meanwhile is the store's to see, in the same write.
void JobRunner::close(const Result<End>& ended) {
  std::string report;
  bool is_over = true;
  bool is_waiting = false;
  if (!ended && ended.error().status != Status::Retriable) {
    job_.state = JobState::Failed;
    job_.error_kind = ended.error().kind;
    job_.error_message = ended.error().message;
  } else if (ended && *ended == End::Complete) {
    job_.state = JobState::Completed;
    job_.outcome = report_.reasons(job_).empty() ? "complete" : "incomplete";
    report = report_.to_json(job_, setup_.services.clock.wall_ms() - job_.created_ms);
  } else {
    is_over = false;
    is_waiting = !ended && !is_stop_requested();  // a call that the stop has ended says nothing about the broker
    if (is_waiting) {
      job_.error_kind = ended.error().kind;
      job_.error_message = "waits: " + ended.error().message;
    }
  }
  const auto left =
      store_patiently([&] { return is_over ? setup_.jobs.finish(job_, report) : setup_.jobs.release(job_); });
  {
    MutexLock lock(mutex_);
    is_waiting_ = is_waiting || !left;
  }
  if (!left) {
    return telemetry::error("a job could not be written; it is taken up again",
                            {{"job", job_.id}, {"kind", left.error().kind}, {"reason", left.error().message}});
  }
  telemetry::info("job left", {{"job", left->id},
                               {"connector", left->connector},
                               {"key", left->key},
                               {"from", format_time(left->from_ms)},
                               {"to", format_time(left->to_ms)},
                               {"state", name_of(left->state)},
                               {"outcome", left->outcome},
                               {"reason", left->error_message},
                               {left->is_dry_run ? "to_deliver" : "delivered", left->counters.delivered}});
}

// A full disk passes; a fence or a stop does not wait for it.
Result<Job> JobRunner::store_patiently(const std::function<Result<Job>()>& change) {
  while (true) {
    auto changed = change();
    if (changed || changed.error().status != Status::Retriable) return changed;
    const BootTime again = setup_.services.clock.boot() + kStoreAgain;
    MutexLock lock(mutex_);
    while (!is_stopping_ && setup_.services.clock.boot() < again) changed_.wait_for(mutex_, kStoreAgain);
    if (is_stopping_) return changed;
  }
}

}  // namespace reprise::replay
