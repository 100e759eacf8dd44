#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "host/runtime/services.hpp"
#include "host/runtime/stream_key.hpp"

namespace reprise::runtime {

/// What retention took of a task's partitions before the task read it: a line for each time, and degraded health that names the
/// offsets for a while. Owned by its task, on the shard's thread.
class ExpiryWatch {
 public:
  ExpiryWatch(std::string connector, std::uint32_t task, Services& services);
  ~ExpiryWatch() { close(); }
  ExpiryWatch(const ExpiryWatch&) = delete;
  ExpiryWatch& operator=(const ExpiryWatch&) = delete;

  /// So many records from first on and below end; what has its outcome in that range is not among them.
  void took(const StreamKey& key, std::int64_t first, std::int64_t end, std::uint64_t records, BootTime now);
  /// Once a second.
  void show(BootTime now);
  /// The task ends.
  void close();

 private:
  struct Loss {
    std::int64_t first = 0;
    std::int64_t end = 0;
    std::uint64_t records = 0;
    BootTime last;
  };

  std::string subject() const { return "connector/" + connector_ + "/" + std::to_string(task_) + "/expired"; }

  const std::string connector_;
  const std::uint32_t task_;
  Services& services_;
  std::map<std::pair<std::string, std::int32_t>, Loss> losses_;  // by topic and partition
};

}  // namespace reprise::runtime
