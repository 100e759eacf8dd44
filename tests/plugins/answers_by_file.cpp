#include <reprise/source.hpp>

#include <unistd.h>

#include <string>
#include <vector>

namespace {

/// One partition of topic "asked": three records, and an end at 10 that only resolve tells, and only while the file `path` is
/// there.
class AskedSource : public reprise::Source {
 public:
  AskedSource(reprise::Host host, const reprise::Options& options) : Source(host), path_(options.text("path", "")) {}

  reprise::Result<> open(reprise::StreamView stream) {
    next_ = stream.start();
    return {};
  }
  void close(std::uint32_t, std::int32_t) {}

  reprise::Result<> poll(std::uint32_t, std::size_t, std::size_t, reprise::Batch& out) {
    auto records = std::make_unique<std::vector<reprise_record>>();
    for (; next_ < 3; ++next_) {
      reprise_record& record = records->emplace_back();
      record.topic = reprise::to_text(kTopic);
      record.offset = next_;
      record.timestamp_ms = -1;
      record.value = reprise::to_bytes(std::string_view("asked"));
    }
    out.next_offset = next_;
    const std::span<reprise_record> lent = *records;
    reprise::hand_over(out, std::move(records), lent);
    return {};
  }

  reprise::Result<std::size_t> partitions(std::string_view, std::size_t first, std::span<reprise::Place> out,
                                          std::int64_t) {
    if (first > 0 || out.empty()) return std::size_t{0};
    out[0] = {.topic = reprise::to_text(kTopic), .partition = 0, .at = 0, .time_ms = -1, .offset = -1};
    return std::size_t{1};
  }

  reprise::Result<> resolve(std::span<reprise::Place> places, std::int64_t) {
    for (reprise::Place& place : places) {
      if (place.at == REPRISE_AT_LATEST && ::access(path_.c_str(), F_OK) != 0)
        return reprise::retriable("fault.away", "nobody answers for partition 0");
      place.offset = place.at == REPRISE_AT_LATEST ? 10 : 0;
    }
    return {};
  }

 private:
  static constexpr std::string_view kTopic = "asked";
  const std::string path_;
  std::int64_t next_ = 0;
};

}  // namespace

REPRISE_SOURCE_PLUGIN(AskedSource);
