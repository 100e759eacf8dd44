#include <reprise/sink.hpp>

#include <thread>

namespace {

/// Crashes in a thread of its own, which no call of the host is on.
class CrashingSink : public reprise::Sink {
 public:
  CrashingSink(reprise::Host host, const reprise::Options&) : Sink(host) {}

  reprise::Result<std::size_t> deliver(reprise::Records records) {
    thread_ = std::jthread([] {
      volatile int* nowhere = nullptr;
      *nowhere = 1;
    });
    thread_.join();
    return records.size();
  }

 private:
  std::jthread thread_;
};

}  // namespace

REPRISE_SINK_PLUGIN(CrashingSink);
