#include "host/telemetry/health.hpp"

#include <algorithm>

#include "host/base/time_text.hpp"
#include "host/telemetry/json_text.hpp"

namespace reprise::telemetry {
namespace {
constexpr std::size_t kMaxSubjectBytes = 256;
constexpr std::size_t kMaxReasonBytes = 512;

bool works(HealthState state) { return state <= HealthState::Degraded; }

std::string subject_of(std::string_view owner, std::string_view name) {
  return cut_text(std::string(owner) + '/' + std::string(name), kMaxSubjectBytes);
}
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

Health::Health(const Clock& clock) : clock_(clock) {}

void Health::set(std::string_view subject, HealthState state, std::string_view reason) {
  const std::int64_t now = clock_.wall_ms();
  const std::string name = cut_text(subject, kMaxSubjectBytes);
  MutexLock lock(mutex_);
  SubjectHealth& entry = subjects_.try_emplace(name, SubjectHealth{name, state, {}, now}).first->second;
  if (entry.state != state) entry.since_ms = now;
  entry.state = state;
  entry.reason = cut_text(reason, kMaxReasonBytes);
}

void Health::clear(std::string_view subject) {
  MutexLock lock(mutex_);
  subjects_.erase(cut_text(subject, kMaxSubjectBytes));
}

void Health::set_trouble(std::string_view owner, std::string_view name, std::string_view reason) {
  const std::int64_t now = clock_.wall_ms();
  const std::string subject = subject_of(owner, name);
  MutexLock lock(mutex_);
  Troubles& troubles = troubles_[std::string(owner)];
  if (troubles.named.contains(subject) || troubles.named.size() < kNamedTroubles) {
    troubles.counted.erase(subject);
    SubjectHealth& entry =
        troubles.named.try_emplace(subject, SubjectHealth{subject, HealthState::Degraded, {}, now}).first->second;
    entry.reason = cut_text(reason, kMaxReasonBytes);
    return;
  }
  if (troubles.counted.empty()) troubles.counted_since_ms = now;
  troubles.counted.insert(subject);
}

void Health::clear_trouble(std::string_view owner, std::string_view name) {
  const std::string subject = subject_of(owner, name);
  MutexLock lock(mutex_);
  const auto found = troubles_.find(owner);
  if (found == troubles_.end()) return;
  found->second.named.erase(subject);
  found->second.counted.erase(subject);
  if (found->second.named.empty() && found->second.counted.empty()) troubles_.erase(found);
}

void Health::set_started() {
  MutexLock lock(mutex_);
  is_started_ = true;
}

HealthSnapshot Health::snapshot() const {
  HealthSnapshot snapshot;
  MutexLock lock(mutex_);
  snapshot.is_started = is_started_;
  for (const auto& [name, entry] : subjects_) snapshot.subjects.push_back(entry);
  for (const auto& [owner, troubles] : troubles_) {
    for (const auto& [name, entry] : troubles.named) snapshot.subjects.push_back(entry);
    if (troubles.counted.empty()) continue;
    snapshot.subjects.push_back({owner + "/(others)", HealthState::Degraded,
                                 std::to_string(troubles.counted.size()) + " more are in trouble",
                                 troubles.counted_since_ms});
  }
  std::sort(snapshot.subjects.begin(), snapshot.subjects.end(),
            [](const auto& a, const auto& b) { return a.subject < b.subject; });
  for (const SubjectHealth& entry : snapshot.subjects) snapshot.worst = std::max(snapshot.worst, entry.state);
  snapshot.is_ready = is_started_ && works(snapshot.worst);
  return snapshot;
}

bool Health::is_ready() const {
  MutexLock lock(mutex_);
  // troubles_ are Degraded at most.
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
