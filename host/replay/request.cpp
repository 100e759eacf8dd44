#include "host/replay/request.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "host/base/text.hpp"
#include "host/base/time_text.hpp"

namespace reprise::replay {
namespace {

using config::Value;
constexpr std::array<std::string_view, 8> kMembers = {"connector", "webhook_id", "key",     "from",
                                                      "to",        "partition",  "dry_run", "proof"};
constexpr std::size_t kMaxKeyBytes = 1024;

Error invalid(std::string message) { return permanent("request.invalid", std::move(message)); }

Result<std::string> text_of(const Value& value, std::string_view name) {
  if (value.kind != Value::Kind::Scalar)
    return invalid(std::string(name) + ": a string is wanted, not " + config::describe(value));
  if (value.text.empty()) return invalid(std::string(name) + " is empty");
  if (value.text.size() > kMaxKeyBytes)
    return invalid(std::string(name) + " is longer than " + std::to_string(kMaxKeyBytes) + " bytes");
  return value.text;
}

Result<std::int64_t> time_of(const Value& value, std::string_view name, std::int64_t now_ms) {
  auto text = text_of(value, name);
  if (!text) return text.error();
  auto time = parse_time(*text, now_ms);
  if (!time) return invalid(std::string(name) + ": " + time.error().message);
  return time;
}

Result<> take(Request* request, const Value::Member& member, std::int64_t now_ms) {
  const std::string& name = member.key;
  if (name == "from" || name == "to") {
    auto time = time_of(member.value, name, now_ms);
    if (!time) return time.error();
    (name == "from" ? request->from_ms : request->to_ms) = *time;
    return {};
  }
  auto text = text_of(member.value, name);
  if (!text) return text.error();
  if (name == "connector") {
    request->connector = *text;
  } else if (name == "key" || name == "webhook_id") {
    if (!request->key.empty()) return invalid("webhook_id and key are the same thing: give one of them");
    request->key = *text;
  } else if (name == "partition") {
    auto partition = parse_partition(*text);
    if (!partition) return partition.error();
    request->partition = *partition;
  } else if (name == "proof") {
    const auto proof = parse_proof(*text);
    if (!proof) return invalid("proof: \"range\" or \"log\" is wanted, not " + quoted(*text));
    request->proof = *proof;
  } else {
    if (member.value.is_quoted || (*text != "true" && *text != "false"))
      return invalid("dry_run: true or false is wanted, not " + quoted(*text));
    request->is_dry_run = *text == "true";
  }
  return {};
}

}  // namespace

Result<std::int32_t> parse_partition(std::string_view text) {
  if (text == "key") return kPartitionOfKey;
  if (text == "all") return kAllPartitions;
  std::int32_t number = -1;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || number < 0) {
    return invalid("partition: \"all\", \"key\" or a number from 0 is wanted, not " + quoted(text));
  }
  return number;
}

Result<Request> parse_request(std::string_view json, std::int64_t now_ms) {
  const auto parsed = config::parse_json(json);
  if (!parsed) return invalid(parsed.error().message);
  if (parsed->kind != Value::Kind::Map) return invalid("a JSON object is wanted, not " + config::describe(*parsed));
  Request request;
  for (const Value::Member& member : parsed->members) {
    if (std::find(kMembers.begin(), kMembers.end(), member.key) == kMembers.end()) {
      const std::string_view near = nearest(member.key, kMembers);
      return invalid("unknown member " + quoted(member.key) +
                     (near.empty() ? std::string() : "; did you mean \"" + std::string(near) + "\"?"));
    }
    if (auto taken = take(&request, member, now_ms); !taken) return taken.error();
  }
  if (request.key.empty()) return invalid("webhook_id is missing: whose records are to be sent again?");
  if (parsed->find("from") == nullptr)
    return invalid("from is missing: a time such as 2026-11-20T10:00:00Z, or now-2h");
  if (parsed->find("to") == nullptr) return invalid("to is missing: a time such as 2026-11-20T13:00:00Z, or now");
  return request;
}

}  // namespace reprise::replay
