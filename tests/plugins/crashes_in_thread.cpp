#include <reprise/sink.hpp>

#include <cstdint>
#include <thread>

namespace {

/// Crashes in a thread of its own, which no call of the host is on.
class CrashingSink : public reprise::Sink {
 public:
  CrashingSink(reprise::Host host, const reprise::Options&) : Sink(host) {}

  reprise::Result<std::size_t> deliver(reprise::Records records) {
    thread_ = std::jthread([] {
      // Not null, which a sanitizer would catch before the processor does.
      volatile std::uintptr_t nowhere = 64;
      *reinterpret_cast<volatile int*>(nowhere) = 1;
    });
    thread_.join();
    return records.size();
  }

 private:
  std::jthread thread_;
};

}  // namespace

REPRISE_SINK_PLUGIN(CrashingSink);
