#include <reprise/sink.hpp>

namespace {

/// Takes everything and says nothing more about it.
class SilentSink : public reprise::Sink {
 public:
  SilentSink(reprise::Host host, const reprise::Options&) : Sink(host) {}

  reprise::Result<std::size_t> deliver(reprise::Records records) { return records.size(); }
};

}  // namespace

REPRISE_SINK_PLUGIN(SilentSink);
