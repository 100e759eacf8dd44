#include "host/runtime/shard.hpp"

#include <future>

namespace reprise::runtime {

void Shard::run(const std::function<void()>& work) {
  std::promise<void> done;
  auto finished = done.get_future();
  loop_.post([&work, &done] {
    work();
    done.set_value();
  });
  finished.wait();
}

}  // namespace reprise::runtime
