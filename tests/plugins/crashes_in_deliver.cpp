#include <reprise/sink.hpp>

#include <cstdlib>

namespace {

class CrashingSink : public reprise::Sink {
 public:
  CrashingSink(reprise::Host host, const reprise::Options&) : Sink(host) {}

  reprise::Result<std::size_t> deliver(reprise::Records) { std::abort(); }
};

}  // namespace

REPRISE_SINK_PLUGIN(CrashingSink);
