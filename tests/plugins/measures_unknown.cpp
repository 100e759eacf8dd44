#include <reprise/sink.hpp>

namespace {

/// Measures what no metric call ever gave it.
class MeasuringSink : public reprise::Sink {
 public:
  MeasuringSink(reprise::Host host, const reprise::Options&)
      : Sink(host), delivered_(host.counter("delivered_total", "Records delivered.")) {}

  reprise::Result<std::size_t> deliver(reprise::Records records) {
    for (const std::uint64_t number :
         {std::uint64_t{1}, std::uint64_t{12345}, std::uint64_t{77} << 32, ~std::uint64_t{0}})
      host().raw()->measure(host().raw(), number == 1 ? 4096 : number, 1);
    for (const reprise::RecordView record : records) host().settle(reprise::delivered(record.handle()));
    delivered_.add(static_cast<double>(records.size()));
    return records.size();
  }

 private:
  reprise::Counter delivered_;
};

}  // namespace

REPRISE_SINK_PLUGIN(MeasuringSink);
