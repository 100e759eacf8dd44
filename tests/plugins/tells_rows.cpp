#include <reprise/sink.hpp>

#include <cstdint>
#include <string>

namespace {

/// Takes everything, settles nothing, and until its end logs each content that row "row" of table "rows" has for it, beside
/// its own `path`.
class WatchingSink : public reprise::Sink {
 public:
  WatchingSink(reprise::Host host, const reprise::Options& options)
      : Sink(host), name_(options.text("path")), rows_(host.table("rows")) {}

  reprise::Result<std::size_t> deliver(reprise::Records records) {
    host().wake();
    return records.size();
  }
  void wake(std::int64_t now_ns) {
    host().wake_at(now_ns + kLookNs);
    const auto row = rows_.find("row");
    if (!row || row->version == told_) return;
    told_ = row->version;
    host().log(reprise::Level::Info, name_ + " sees " + std::string(row->value));
  }

 private:
  static constexpr std::int64_t kLookNs = 10'000'000;
  const std::string name_;
  const reprise::Table rows_;
  std::uint64_t told_ = 0;
};

}  // namespace

REPRISE_SINK_PLUGIN(WatchingSink);
