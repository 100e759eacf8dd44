#include <unistd.h>
#include <reprise/sink.hpp>

#include <string>

namespace {

/// Delivers everything, and logs the number of the thread that its first batch came on: the one of its shard.
class TellingSink : public reprise::Sink {
 public:
  TellingSink(reprise::Host host, const reprise::Options&) : Sink(host) {}

  reprise::Result<std::size_t> deliver(reprise::Records records) {
    if (!has_told_) host().log(reprise::Level::Info, "delivers on thread " + std::to_string(gettid()));
    has_told_ = true;
    for (const reprise::RecordView record : records) host().settle(reprise::delivered(record.handle()));
    return records.size();
  }

 private:
  bool has_told_ = false;
};

}  // namespace

REPRISE_SINK_PLUGIN(TellingSink);
