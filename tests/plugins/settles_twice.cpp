#include <reprise/sink.hpp>

namespace {

/// Settles every record twice, with different outcomes, and a handle that nobody gave out.
class DoubleSink : public reprise::Sink {
 public:
  DoubleSink(reprise::Host host, const reprise::Options&) : Sink(host) {}

  reprise::Result<std::size_t> deliver(reprise::Records records) {
    const reprise::Failure failure = reprise::permanent("fault", "settled a second time");
    for (const reprise::RecordView record : records) {
      const std::uint64_t handle = record.handle();
      host().settle(reprise::delivered(handle));
      host().settle(reprise::failed(handle, failure));
    }
    host().settle(reprise::delivered(0xDEADBEEF00000001));
    return records.size();
  }
};

}  // namespace

REPRISE_SINK_PLUGIN(DoubleSink);
