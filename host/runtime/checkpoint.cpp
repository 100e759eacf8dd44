#include "host/runtime/checkpoint.hpp"

namespace reprise::runtime {
namespace {

constexpr char kFormat = 3;
constexpr char kFormatWithoutPrint = 2;
constexpr char kFormatWithoutTimes = 1;
constexpr std::int64_t kMostSeconds = std::int64_t{1} << 40;  // a time beyond is none

void put_unsigned(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

void put_signed(std::string& out, std::int64_t value) {
  put_unsigned(out, (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

/// Reads varints; after the first failure every further read gives 0 and ok() is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t get_unsigned() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (bytes_.empty()) break;
      const auto byte = static_cast<std::uint8_t>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    is_ok_ = false;
    bytes_ = {};
    return 0;
  }
  std::int64_t get_signed() {
    const std::uint64_t value = get_unsigned();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  std::string get_text() {
    const std::uint64_t size = get_unsigned();
    if (size > bytes_.size()) {
      is_ok_ = false;
      return {};
    }
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return text;
  }
  bool is_ok() const { return is_ok_; }
  std::size_t left() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
  bool is_ok_ = true;
};

template <class CountersOrConst, class Visit>
void each_counter(CountersOrConst& counters, Visit visit) {
  for (auto* field : {&counters.read, &counters.not_selected, &counters.gaps, &counters.expired, &counters.delivered,
                      &counters.duplicate, &counters.filtered, &counters.dead_lettered, &counters.absorbed,
                      &counters.retries, &counters.delivered_bytes}) {
    visit(*field);
  }
}

}  // namespace

std::uint64_t Checkpoint::open_count() const {
  std::uint64_t count = 0;
  for (const OpenRun& run : open) count += static_cast<std::uint64_t>(run.count);
  return count;
}

std::string Checkpoint::encode() const {
  std::string out;
  out.reserve(64 + log_id.size() + open.size() * 4);
  out.push_back(kFormat);
  put_unsigned(out, log_id.size());
  out += log_id;
  put_signed(out, start);
  put_signed(out, position);
  each_counter(counters, [&](const std::uint64_t& field) { put_unsigned(out, field); });
  std::int64_t earliest = 0;
  for (const OpenRun& run : open) {
    if (run.since_s != 0 && (earliest == 0 || run.since_s < earliest)) earliest = run.since_s;
  }
  put_signed(out, earliest);
  put_unsigned(out, open.size());
  std::int64_t end = start;
  for (const OpenRun& run : open) {
    put_unsigned(out, static_cast<std::uint64_t>(run.first - end));
    put_unsigned(out, static_cast<std::uint64_t>(run.count));
    put_unsigned(out, run.attempts);
    put_unsigned(out, run.since_s == 0 ? 0 : static_cast<std::uint64_t>(run.since_s - earliest) + 1);
    end = run.first + run.count;
  }
  put_unsigned(out, print ? static_cast<std::uint64_t>(print->offset - start) + 1 : 0);
  if (print) put_unsigned(out, print->hash);
  return out;
}

Result<Checkpoint> Checkpoint::decode(std::string_view bytes) {
  if (bytes.empty()) return fatal("state.corrupt", "the checkpoint is empty");
  const char format = bytes.front();
  if (format < kFormatWithoutTimes || format > kFormat) {
    return fatal("state.corrupt", "the checkpoint has format " + std::to_string(static_cast<int>(format)) +
                                      ", this version reads 1 to 3; run the version that wrote it");
  }
  const bool has_times = format >= kFormatWithoutPrint;
  Reader reader(bytes.substr(1));
  Checkpoint result;
  result.log_id = reader.get_text();
  result.start = reader.get_signed();
  result.position = reader.get_signed();
  each_counter(result.counters, [&](std::uint64_t& field) { field = reader.get_unsigned(); });
  const std::int64_t earliest = has_times ? reader.get_signed() : 0;
  const std::uint64_t runs = reader.get_unsigned();
  if (!reader.is_ok() || runs > reader.left()) return fatal("state.corrupt", "the checkpoint is cut off");
  if (earliest < 0 || earliest > kMostSeconds) return fatal("state.corrupt", "the checkpoint's times are none");
  if (result.start < 0 || result.position < result.start)
    return fatal("state.corrupt", "the checkpoint's position is before its start");
  result.open.reserve(runs);
  std::int64_t end = result.start;
  for (std::uint64_t i = 0; i < runs; ++i) {
    const std::uint64_t skip = reader.get_unsigned();
    const std::uint64_t count = reader.get_unsigned();
    const std::uint64_t attempts = reader.get_unsigned();
    const std::uint64_t since = has_times ? reader.get_unsigned() : 0;
    const auto room = static_cast<std::uint64_t>(result.position) - static_cast<std::uint64_t>(end);
    if (!reader.is_ok() || result.position < end || count == 0 || skip > room || count > room - skip ||
        attempts > UINT32_MAX || since > static_cast<std::uint64_t>(kMostSeconds)) {
      return fatal("state.corrupt", "the checkpoint's open runs leave its range");
    }
    result.open.push_back({end + static_cast<std::int64_t>(skip), static_cast<std::int64_t>(count),
                           static_cast<std::uint32_t>(attempts),
                           since == 0 ? 0 : earliest + static_cast<std::int64_t>(since) - 1});
    end = result.open.back().first + result.open.back().count;
  }
  if (const std::uint64_t print = format == kFormat ? reader.get_unsigned() : 0; print != 0) {
    if (print > static_cast<std::uint64_t>(result.watermark() - result.start))
      return fatal("state.corrupt", "the checkpoint's print is not below its watermark");
    result.print = {result.start + static_cast<std::int64_t>(print) - 1, reader.get_unsigned()};
  }
  if (!reader.is_ok() || reader.left() != 0) return fatal("state.corrupt", "the checkpoint has the wrong length");
  return result;
}

}  // namespace reprise::runtime
