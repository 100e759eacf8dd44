#include <reprise/sink.hpp>

#include <unistd.h>

namespace {

/// Delivers, and never comes back from stop, whatever the deadline says.
class HangingSink : public reprise::Sink {
 public:
  HangingSink(reprise::Host host, const reprise::Options&) : Sink(host) {}

  reprise::Result<std::size_t> deliver(reprise::Records records) {
    for (const reprise::RecordView record : records) host().settle(reprise::delivered(record.handle()));
    return records.size();
  }
  reprise::Result<> stop(std::int64_t /*deadline_ns*/) {
    while (true) ::pause();
  }
};

}  // namespace

REPRISE_SINK_PLUGIN(HangingSink);
