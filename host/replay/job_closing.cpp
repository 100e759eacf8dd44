#include "host/replay/job_runner.hpp"
#include "host/telemetry/log.hpp"

// How a job is left.

namespace reprise::replay {
namespace {

using namespace std::chrono_literals;
constexpr auto kStoreAgain = 500ms;

}  // namespace

// How the job is left, in the store.
void JobRunner::close(const Result<End>& ended) {
  Result<> closed;
  const auto asked = setup_.jobs.heartbeat(job_);
  if (!asked) {
    closed = asked.error();
  } else if (asked->is_cancel_requested) {
    job_.state = JobState::Cancelled;
    job_.is_cancel_requested = true;
    closed = store_patiently([this] { return setup_.jobs.finish(job_, {}); });
  } else if (!ended && ended.error().status != Status::Retriable) {
    job_.state = JobState::Failed;
    job_.error_kind = ended.error().kind;
    job_.error_message = ended.error().message;
    closed = store_patiently([this] { return setup_.jobs.finish(job_, {}); });
  } else if (ended && *ended == End::Complete) {
    job_.state = JobState::Completed;
    job_.outcome = report_.reasons(job_).empty() ? "complete" : "incomplete";
    const std::string report = report_.to_json(job_, setup_.services.clock.wall_ms() - job_.created_ms);
    closed = store_patiently([&] { return setup_.jobs.finish(job_, report); });
  } else {
    const bool is_waiting =
        !ended && !is_stop_requested();  // a call that the stop has ended says nothing about the broker
    if (is_waiting) {
      job_.error_kind = ended.error().kind;
      job_.error_message = "waits: " + ended.error().message;
    }
    closed = store_patiently([this] { return setup_.jobs.release(job_); });
    MutexLock lock(mutex_);
    is_waiting_ = is_waiting;
  }
  if (!closed)
    return telemetry::error("a job could not be written", {{"job", job_.id}, {"reason", closed.error().message}});
  telemetry::info("job left", {{"job", job_.id},
                               {"state", name_of(job_.state)},
                               {"outcome", job_.outcome},
                               {"reason", job_.error_message},
                               {"delivered", job_.counters.delivered}});
}

// A full disk passes; a fence or a stop does not wait for it.
Result<> JobRunner::store_patiently(const std::function<Result<>()>& change) {
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
