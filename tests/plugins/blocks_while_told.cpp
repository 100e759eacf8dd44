#include <unistd.h>
#include <reprise/sink.hpp>

#include <string>

namespace {

/// Delivers everything, but does not come back from deliver as long as there is a file of the name in `path`.
class ToldSink : public reprise::Sink {
 public:
  ToldSink(reprise::Host host, const reprise::Options& options) : Sink(host), path_(options.text("path")) {}

  reprise::Result<std::size_t> deliver(reprise::Records records) {
    while (::access(path_.c_str(), F_OK) == 0) ::usleep(10'000);
    for (const reprise::RecordView record : records) host().settle(reprise::delivered(record.handle()));
    return records.size();
  }

 private:
  const std::string path_;
};

}  // namespace

REPRISE_SINK_PLUGIN(ToldSink);
