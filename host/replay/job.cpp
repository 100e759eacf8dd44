#include "host/replay/job.hpp"

#include <array>
#include <charconv>
#include <random>

#include "host/base/time_text.hpp"

namespace reprise::replay {
namespace {

constexpr std::array<std::string_view, 6> kStates = {"OPEN", "STARTED", "ONGOING", "COMPLETED", "FAILED", "CANCELLED"};
constexpr std::size_t kMaxJobBytes = 4u << 20;

/// Reads members of an object; remembers whether all were sound.
class Reader {
 public:
  explicit Reader(const config::Value& object) : object_(object) {}

  void read(std::string_view name, std::string* out) {
    const config::Value* const value = scalar(name);
    if (value != nullptr) *out = value->text;
  }
  template <class Number>
  requires std::is_integral_v<Number>
  void read(std::string_view name, Number* out) {
    const config::Value* const value = scalar(name);
    if (value == nullptr) return;
    if constexpr (std::is_same_v<Number, bool>) {
      *out = value->text == "true";
    } else {
      const char* const end = value->text.data() + value->text.size();
      const auto parsed = std::from_chars(value->text.data(), end, *out);
      is_sound_ = is_sound_ && parsed.ec == std::errc() && parsed.ptr == end;
    }
  }
  /// For members that jobs of earlier versions lack: these keep what *out is.
  template <class Out>
  void read_if_there(std::string_view name, Out* out) {
    if (object_.find(name) != nullptr) read(name, out);
  }
  const config::Value* list(std::string_view name) {
    const config::Value* const value = object_.find(name);
    is_sound_ = is_sound_ && value != nullptr && value->kind == config::Value::Kind::List;
    return is_sound_ ? value : nullptr;
  }
  bool is_sound() const { return is_sound_; }

 private:
  const config::Value* scalar(std::string_view name) {
    const config::Value* const value = object_.find(name);
    if (value != nullptr && value->kind == config::Value::Kind::Scalar) return value;
    is_sound_ = false;
    return nullptr;
  }
  const config::Value& object_;
  bool is_sound_ = true;
};

// Name and place of every counter, so that writing and reading cannot differ.
template <class Counters, class Use>
void for_each_counter(Counters& counters, Use use) {
  use("read", counters.read);
  use("not_selected", counters.not_selected);
  use("gaps", counters.gaps);
  use("expired", counters.expired);
  use("delivered", counters.delivered);
  use("duplicate", counters.duplicate);
  use("filtered", counters.filtered);
  use("dead_lettered", counters.dead_lettered);
  use("absorbed", counters.absorbed);
  use("retries", counters.retries);
  use("delivered_bytes", counters.delivered_bytes);
}

std::string partition_text(std::int32_t partition) {
  if (partition == kPartitionOfKey) return "key";
  return partition == kAllPartitions ? "all" : std::to_string(partition);
}

}  // namespace

std::string_view name_of(JobState state) { return kStates[static_cast<std::size_t>(state)]; }

std::optional<JobState> parse_state(std::string_view name) {
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == name) return static_cast<JobState>(i);
  }
  return std::nullopt;
}

std::string_view name_of(ProofKind kind) { return kind == ProofKind::Log ? "log" : "range"; }

std::optional<ProofKind> parse_proof(std::string_view name) {
  if (name == "range") return ProofKind::Range;
  if (name == "log") return ProofKind::Log;
  return std::nullopt;
}

std::string make_job_id(std::int64_t wall_ms) {
  constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string id(26, '0');
  auto time = static_cast<std::uint64_t>(wall_ms);
  for (std::size_t i = 10; i-- > 0; time >>= 5) id[i] = kDigits[time & 31];
  std::random_device random;
  for (std::size_t i = 10; i < id.size(); ++i) id[i] = kDigits[random() & 31];
  return id;
}

void write_counters(config::JsonWriter& json, const runtime::Counters& counters) {
  json.begin_object();
  for_each_counter(counters, [&](std::string_view name, std::uint64_t value) { json.member(name, value); });
  json.member("selected", counters.read - counters.not_selected);
  json.end_object();
}

void write_members(config::JsonWriter& json, const Job& job) {
  json.member("id", job.id).member("connector", job.connector).member("key", job.key);
  json.member("from", format_time(job.from_ms)).member("to", format_time(job.to_ms));
  json.member("from_ms", job.from_ms).member("to_ms", job.to_ms);
  json.member("partition", partition_text(job.partition)).member("dry_run", job.is_dry_run);
  json.member("proof", name_of(job.proof)).member("asker", job.asker);
  json.member("state", name_of(job.state))
      .member("paused", job.is_paused)
      .member("cancel_requested", job.is_cancel_requested);
  json.member("epoch", job.epoch).member("owner", job.owner);
  json.member("created_ms", job.created_ms).member("updated_ms", job.updated_ms);
  json.member("outcome", job.outcome).member("error_kind", job.error_kind).member("error", job.error_message);
  json.key("warnings").begin_array();
  for (const std::string& warning : job.warnings) json.string(warning);
  json.end_array();
  json.key("partitions").begin_array();
  for (const JobPartition& each : job.partitions) {
    json.begin_object().member("topic", each.topic).member("partition", each.partition).member("start", each.start);
    json.member("end", each.end).member("log_id", each.log_id);
    json.member("log_end", each.log_end).member("cut", each.is_cut).end_object();
  }
  json.end_array();
  json.key("counters");
  write_counters(json, job.counters);
}

std::string encode(const Job& job) {
  config::JsonWriter json;
  json.begin_object();
  write_members(json, job);
  json.end_object();
  return json.take();
}

Result<Job> decode(std::string_view text) {
  const auto parsed = config::parse_json(text, kMaxJobBytes);
  if (!parsed) return fatal("state.corrupt", "a stored job: " + parsed.error().message);
  Reader reader(*parsed);
  Job job;
  std::string state, partition, proof = "range";
  reader.read("id", &job.id);
  reader.read("connector", &job.connector);
  reader.read("key", &job.key);
  reader.read("from_ms", &job.from_ms);
  reader.read("to_ms", &job.to_ms);
  reader.read("partition", &partition);
  reader.read("dry_run", &job.is_dry_run);
  reader.read_if_there("proof", &proof);
  reader.read_if_there("asker", &job.asker);
  reader.read("state", &state);
  reader.read("paused", &job.is_paused);
  reader.read("cancel_requested", &job.is_cancel_requested);
  reader.read("epoch", &job.epoch);
  reader.read("owner", &job.owner);
  reader.read("created_ms", &job.created_ms);
  reader.read("updated_ms", &job.updated_ms);
  reader.read("outcome", &job.outcome);
  reader.read("error_kind", &job.error_kind);
  reader.read("error", &job.error_message);
  bool is_sound = true;
  if (const config::Value* const list = reader.list("warnings")) {
    for (const config::Value& each : list->items) job.warnings.push_back(each.text);
  }
  if (const config::Value* const list = reader.list("partitions")) {
    for (const config::Value& each : list->items) {
      Reader item(each);
      JobPartition& part = job.partitions.emplace_back();
      item.read("topic", &part.topic);
      item.read("partition", &part.partition);
      item.read("start", &part.start);
      item.read("end", &part.end);
      item.read("log_id", &part.log_id);
      item.read_if_there("log_end", &part.log_end);
      item.read("cut", &part.is_cut);
      is_sound = is_sound && item.is_sound();
    }
  }
  const config::Value* const counters = parsed->find("counters");
  if (counters != nullptr) {
    Reader item(*counters);
    for_each_counter(job.counters, [&](std::string_view name, std::uint64_t& value) { item.read(name, &value); });
    is_sound = is_sound && item.is_sound();
  }
  const auto known = parse_state(state);
  if (partition == "all") {
    job.partition = kAllPartitions;
  } else if (partition != "key") {
    is_sound = is_sound &&
               std::from_chars(partition.data(), partition.data() + partition.size(), job.partition).ec == std::errc();
  }
  const auto proof_kind = parse_proof(proof);
  if (!reader.is_sound() || !is_sound || counters == nullptr || !known || !proof_kind) {
    return fatal("state.corrupt",
                 "a stored job lacks a member or has one of a wrong form: " + std::string(text.substr(0, 200)));
  }
  job.state = *known;
  job.proof = *proof_kind;
  return job;
}

}  // namespace reprise::replay
