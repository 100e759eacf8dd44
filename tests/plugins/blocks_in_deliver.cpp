#include <unistd.h>
#include <reprise/sink.hpp>

namespace {

/// Never comes back from deliver.
class BlockingSink : public reprise::Sink {
 public:
  BlockingSink(reprise::Host host, const reprise::Options&) : Sink(host) {}

  reprise::Result<std::size_t> deliver(reprise::Records) {
    while (true) ::pause();
  }
};

}  // namespace

REPRISE_SINK_PLUGIN(BlockingSink);
