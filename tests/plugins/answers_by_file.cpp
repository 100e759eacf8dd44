#include <reprise/source.hpp>

#include <unistd.h>

#include <string>
#include <vector>

namespace {

/// Two partitions of topic "asked", whose ends only resolve tells. 0 has three records and ends at 10, as it says while the file
/// `path` is there; 1 gives no record and ends at 5, as it always says.
class AskedSource : public reprise::Source {
 public:
  AskedSource(reprise::Host host, const reprise::Options& options) : Source(host), path_(options.text("path", "")) {}

  reprise::Result<> open(reprise::StreamView stream) {
    if (stream.partition() == 0) slot_ = stream.slot();
    return {};
  }
  void close(std::uint32_t, std::int32_t) {}

  reprise::Result<> poll(std::uint32_t slot, std::size_t, std::size_t, reprise::Batch& out) {
    out.next_offset = 0;
    if (slot != slot_) return {};
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
    if (first > 0 || out.size() < 2) return std::size_t{0};
    for (std::int32_t i = 0; i < 2; ++i)
      out[static_cast<std::size_t>(i)] = {
          .topic = reprise::to_text(kTopic), .partition = i, .at = 0, .time_ms = -1, .offset = -1};
    return std::size_t{2};
  }

  reprise::Result<> resolve(std::span<reprise::Place> places, std::int64_t) {
    bool is_silent = false;
    for (reprise::Place& place : places) {
      if (place.at == REPRISE_AT_LATEST && place.partition == 0 && ::access(path_.c_str(), F_OK) != 0) {
        is_silent = true;
      } else {
        place.offset = place.at != REPRISE_AT_LATEST ? 0 : place.partition == 0 ? 10 : 5;
      }
    }
    if (is_silent) return reprise::retriable("fault.away", "nobody answers for partition 0");
    return {};
  }

 private:
  static constexpr std::string_view kTopic = "asked";
  const std::string path_;
  std::uint32_t slot_ = 0;  // of partition 0
  std::int64_t next_ = 0;
};

}  // namespace

REPRISE_SOURCE_PLUGIN(AskedSource);
