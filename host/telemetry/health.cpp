#include "host/telemetry/health.hpp"

#include <algorithm>

#include "host/base/time_text.hpp"
#include "host/telemetry/json_text.hpp"

namespace reprise::telemetry {
namespace {
constexpr std::string_view kOther = "other";
constexpr std::size_t kMaxSubjectBytes = 256;
constexpr std::size_t kMaxReasonBytes = 512;

bool works(HealthState state) { return state <= HealthState::Degraded; }
}  // namespace

std::string_view to_text(HealthState state) {
  switch (state) {
    case HealthState::Up:
      return "up";
    case HealthState::Degraded:
      return "degraded";
    case HealthState::Starting:
      return "starting";
    case HealthState::Down:
      return "down";
    case HealthState::Invalid:
      return "invalid";
  }
  return "down";
}

Health::Health(const Clock& clock, std::size_t max_subjects) : clock_(clock), max_subjects_(max_subjects) {}

void Health::set(std::string_view subject, HealthState state, std::string_view reason) {
  const std::int64_t now = clock_.wall_ms();
  std::string name = cut_text(subject, kMaxSubjectBytes);
  MutexLock lock(mutex_);
  auto it = subjects_.find(name);
  const bool is_overflow = it == subjects_.end() && subjects_.size() >= max_subjects_;
  if (is_overflow) {
    name = kOther;
    it = subjects_.find(name);
  }
  if (it == subjects_.end()) {
    subjects_.emplace(name, SubjectHealth{name, state, cut_text(reason, kMaxReasonBytes), now});
    return;
  }
  SubjectHealth& entry = it->second;
  if (is_overflow && state <= entry.state) return;
  if (entry.state != state) entry.since_ms = now;
  entry.state = state;
  entry.reason = cut_text(reason, kMaxReasonBytes);
}

void Health::clear(std::string_view subject) {
  MutexLock lock(mutex_);
  subjects_.erase(cut_text(subject, kMaxSubjectBytes));
}

void Health::set_started() {
  MutexLock lock(mutex_);
  is_started_ = true;
}

HealthSnapshot Health::snapshot() const {
  HealthSnapshot snapshot;
  MutexLock lock(mutex_);
  snapshot.is_started = is_started_;
  snapshot.subjects.reserve(subjects_.size());
  for (const auto& [name, entry] : subjects_) {
    snapshot.worst = std::max(snapshot.worst, entry.state);
    snapshot.subjects.push_back(entry);
  }
  snapshot.is_ready = is_started_ && works(snapshot.worst);
  return snapshot;
}

bool Health::is_ready() const {
  MutexLock lock(mutex_);
  return is_started_ &&
         std::all_of(subjects_.begin(), subjects_.end(), [](const auto& entry) { return works(entry.second.state); });
}

std::string to_json(const HealthSnapshot& snapshot) {
  std::string out = R"({"status":")";
  out += snapshot.is_started ? to_text(snapshot.worst) : to_text(HealthState::Starting);
  out += R"(","ready":)";
  out += snapshot.is_ready ? "true" : "false";
  out += R"(,"subjects":[)";
  bool is_first = true;
  for (const SubjectHealth& entry : snapshot.subjects) {
    if (!is_first) out += ',';
    is_first = false;
    out += R"({"subject":)";
    append_json_string(out, entry.subject);
    out += R"(,"state":")";
    out += to_text(entry.state);
    out += R"(","reason":)";
    append_json_string(out, entry.reason);
    out += R"(,"since":)";
    append_json_string(out, format_time(entry.since_ms));
    out += '}';
  }
  out += "]}";
  return out;
}

}  // namespace reprise::telemetry
