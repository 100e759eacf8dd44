#include <reprise/sink.hpp>

#include <stdexcept>

namespace {

/// A function that returns nothing, and throws: the host sees a status all the same.
class ThrowingSink : public reprise::Sink {
 public:
  ThrowingSink(reprise::Host host, const reprise::Options&) : Sink(host) {}

  void route(reprise::Records, std::span<reprise_route>) { throw std::runtime_error("no route today"); }
  reprise::Result<std::size_t> deliver(reprise::Records records) { return records.size(); }
};

}  // namespace

REPRISE_SINK_PLUGIN(ThrowingSink);
