#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/mutex.hpp"

namespace reprise::runtime {

/// An endpoint that holds up its records, or reading, as it stood at its task's last tick.
struct EndpointReport {
  enum class State : std::uint8_t {
    Trouble,  ///< it failed, and has not answered well since
    Slow,     ///< it answers, but late, or well only for a while
    Waiting,  ///< it is well, and holds its share: our own rate limit or the order of its records is slower than reading
  };

  std::string name;  ///< the key of its records; "*" if they have several
  State state = State::Trouble;
  std::string kind, message;  ///< of its last failure
  std::int32_t code = 0;      ///< of its last failure, such as an HTTP status; 0: none
  std::uint32_t failures_in_a_row = 0;
  double seconds = 0;  ///< since its first failure; 0: it has not failed
  std::uint64_t held_records = 0;
  std::uint64_t held_bytes = 0;
  double oldest_waiting_seconds = 0;
  std::uint64_t dead_letters = 0;  ///< since its first failure
};
std::string_view name_of(EndpointReport::State state);  ///< "trouble", "slow", "waiting"

/// What one task says of its endpoints.
struct TaskEndpoints {
  std::string connector;
  std::uint32_t task = 0;
  std::uint64_t known = 0;
  std::uint64_t in_trouble = 0;
  std::vector<EndpointReport> worst;  ///< those that hold most, at most kMostShown
};

/// Where tasks show their endpoints once a second, and others look: who looks never touches what a shard owns. One per
/// worker. Thread-safe.
class EndpointBoard {
 public:
  static constexpr std::size_t kMostShown = 1000;

  /// owner: of the entry, which replaces its last one.
  void show(const void* owner, TaskEndpoints endpoints);
  void forget(const void* owner);
  std::vector<TaskEndpoints> all() const;

 private:
  mutable Mutex mutex_;
  std::map<const void*, TaskEndpoints> entries_ GUARDED_BY(mutex_);
};

}  // namespace reprise::runtime
