#include "host/runtime/shard.hpp"

#include <future>

#include "host/telemetry/log.hpp"

namespace reprise::runtime {

void Shard::run(const std::function<void()>& work) {
  std::promise<void> done;
  auto finished = done.get_future();
  loop_.post([&work, &done] {
    work();
    done.set_value();
  });
  while (finished.wait_for(std::chrono::seconds(10)) == std::future_status::timeout) {
    telemetry::warn("a shard has not come back from its turn for 10 s: a plugin blocks it");
  }
}

}  // namespace reprise::runtime
