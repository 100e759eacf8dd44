#include <reprise/sink.hpp>

#include <string>
#include <vector>

namespace {

/// Sends batches of 500, or what there is when it is told to flush. Logs why it did.
class CollectingSink : public reprise::Sink {
 public:
  CollectingSink(reprise::Host host, const reprise::Options&) : Sink(host) {}

  reprise::Result<std::size_t> deliver(reprise::Records records) {
    for (const reprise::RecordView record : records) held_.push_back(record.handle());
    if (held_.size() >= 500) send();
    return records.size();
  }
  void flush(std::int32_t why, std::int64_t) {
    host().log(reprise::Level::Info, "flush " + std::to_string(why) + " of " + std::to_string(held_.size()));
    send();
  }

 private:
  void send() {
    for (const std::uint64_t handle : held_) host().settle(reprise::delivered(handle));
    held_.clear();
  }
  std::vector<std::uint64_t> held_;
};

}  // namespace

REPRISE_SINK_PLUGIN(CollectingSink);
