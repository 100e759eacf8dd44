#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"

namespace reprise::telemetry {

/// Up and Degraded work (Degraded: with a reason to look); Starting does not yet, Down does not; Invalid: its configuration
/// cannot work. The later ones are worse.
enum class HealthState { Up, Degraded, Starting, Down, Invalid };

std::string_view to_text(HealthState state);  ///< "up", "degraded", "starting", "down", "invalid"

struct SubjectHealth {
  std::string subject;  ///< "connector/orders", "state", "log"
  HealthState state = HealthState::Up;
  std::string reason;         ///< one line; empty when Up
  std::int64_t since_ms = 0;  ///< wall clock of the last change of state
};

struct HealthSnapshot {
  bool is_started = false;
  bool is_ready = false;
  HealthState worst = HealthState::Up;
  std::vector<SubjectHealth> subjects;  ///< by subject
};

/// What works and what does not, by subject. One per process, passed in. Thread-safe. The host's own subjects are as
/// many as its configuration makes and never give way; names that strangers write have few places, and those of their own.
class Health {
 public:
  static constexpr std::size_t kNamedTroubles = 50;

  explicit Health(const Clock& clock);

  void set(std::string_view subject, HealthState state, std::string_view reason = {});
  void clear(std::string_view subject);
  /// Somebody whom the owner of a subject serves is in trouble: the subject `OWNER/NAME`, Degraded. The first kNamedTroubles of
  /// an owner have names; the others are counted in `OWNER/(others)`, which goes with the last of them.
  void set_trouble(std::string_view owner, std::string_view name, std::string_view reason);
  void clear_trouble(std::string_view owner, std::string_view name);
  /// Start-up is finished. Before that the worker is live, but not ready.
  void set_started();

  HealthSnapshot snapshot() const;
  /// Started, and no subject is Starting, Down or Invalid.
  bool is_ready() const;

 private:
  /// Of one owner.
  struct Troubles {
    std::map<std::string, SubjectHealth, std::less<>> named;
    std::set<std::string, std::less<>> counted;
    std::int64_t counted_since_ms = 0;
  };

  const Clock& clock_;
  mutable Mutex mutex_;
  bool is_started_ GUARDED_BY(mutex_) = false;
  std::map<std::string, SubjectHealth, std::less<>> subjects_ GUARDED_BY(mutex_);
  std::map<std::string, Troubles, std::less<>> troubles_ GUARDED_BY(mutex_);
};

/// `{"status":"degraded","ready":true,"subjects":[{"subject":..,"state":..,"reason":..,"since":"2026-..."}]}`
std::string to_json(const HealthSnapshot& snapshot);

}  // namespace reprise::telemetry
