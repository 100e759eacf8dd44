#include <reprise/sink.hpp>

#include <cstdlib>
#include <thread>

namespace {

/// Ends the process from a thread of its own.
class LeavingSink : public reprise::Sink {
 public:
  LeavingSink(reprise::Host host, const reprise::Options&) : Sink(host) {}

  reprise::Result<std::size_t> deliver(reprise::Records) {
    std::thread([] { std::exit(0); }).join();
    return std::size_t{0};
  }
};

}  // namespace

REPRISE_SINK_PLUGIN(LeavingSink);
