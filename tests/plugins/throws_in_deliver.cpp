#include <reprise/sink.hpp>

#include <stdexcept>

namespace {

class ThrowingSink : public reprise::Sink {
 public:
  ThrowingSink(reprise::Host host, const reprise::Options&) : Sink(host) {}

  reprise::Result<std::size_t> deliver(reprise::Records) { throw std::runtime_error("no deliver today"); }
};

}  // namespace

REPRISE_SINK_PLUGIN(ThrowingSink);
