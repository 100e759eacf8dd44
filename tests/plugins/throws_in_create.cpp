#include <reprise/sink.hpp>

#include <stdexcept>

namespace {

class ThrowingSink : public reprise::Sink {
 public:
  ThrowingSink(reprise::Host host, const reprise::Options&) : Sink(host) {
    throw std::runtime_error("no create today");
  }

  reprise::Result<std::size_t> deliver(reprise::Records records) { return records.size(); }
};

}  // namespace

REPRISE_SINK_PLUGIN(ThrowingSink);
