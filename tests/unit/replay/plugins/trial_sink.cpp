#include <reprise/sink.hpp>

#include <filesystem>
#include <fstream>
#include <string>

namespace {

class TrialSink : public reprise::Sink {
 public:
  TrialSink(reprise::Host host, const reprise::Options& options) : Sink(host), folder_(options.text("folder")) {}

  reprise::Result<std::size_t> deliver(reprise::Records records) {
    const bool is_down = std::filesystem::exists(folder_ / "down");
    const bool is_refusing = std::filesystem::exists(folder_ / "refuse");
    const bool is_holding = std::filesystem::exists(folder_ / "hold");
    std::ofstream lines(folder_ / "lines", std::ios::app);
    std::size_t count = 0;
    for (const reprise::RecordView record : records) {
      if (is_holding && taken_ >= kHeldAt) break;
      ++taken_;
      ++count;
      if (is_down) {
        host().settle(reprise::failed(record.handle(), reprise::retriable("trial.down", "the endpoint is down")));
      } else if (is_refusing) {
        host().settle(
            reprise::failed(record.handle(), reprise::permanent("trial.refused", "the endpoint does not want it")));
      } else {
        const auto value = record.value();
        lines.write(reinterpret_cast<const char*>(value.data()), static_cast<std::streamsize>(value.size())) << '\n';
        lines.flush();
        host().settle(reprise::delivered(record.handle()));
      }
    }
    return count;
  }

 private:
  static constexpr std::size_t kHeldAt = 40;
  const std::filesystem::path folder_;
  std::size_t taken_ = 0;
};

}  // namespace

REPRISE_SINK_PLUGIN(TrialSink);
