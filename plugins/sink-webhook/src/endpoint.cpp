#include "endpoint.hpp"

#include <simdjson.h>

#include <algorithm>

namespace reprise::webhook {

void TokenBucket::configure(double per_second, double burst) {
  per_second_ = per_second;
  burst_ = tokens_ = burst;
}

std::int64_t TokenBucket::take(std::int64_t now_ns) {
  if (per_second_ <= 0) return 0;
  if (now_ns > filled_ns_) {
    tokens_ = std::min(burst_, tokens_ + static_cast<double>(now_ns - filled_ns_) * 1e-9 * per_second_);
    filled_ns_ = now_ns;
  }
  if (tokens_ >= 1) {
    tokens_ -= 1;
    return 0;
  }
  return static_cast<std::int64_t>((1 - tokens_) / per_second_ * 1e9) + 1;
}

void TokenBucket::give_back() { tokens_ = std::min(burst_, tokens_ + 1); }

void build_head(const Config& config, Endpoint& endpoint) {
  std::string& head = endpoint.head;
  head = config.method + " " + endpoint.url.target + " HTTP/1.1\r\nhost: " + endpoint.url.authority + "\r\n";
  const bool has_user_agent = std::any_of(config.headers.begin(), config.headers.end(),
                                          [](const auto& header) { return header.first == "user-agent"; });
  if (!has_user_agent) head += "user-agent: reprise\r\n";
  if (!config.content_type.empty()) head += "content-type: " + config.content_type + "\r\n";
  for (const auto& [name, value] : config.headers) head += name + ": " + value + "\r\n";
}

namespace {

/// Adds the row's secrets; empty or what is wrong with them.
std::string read_secrets(simdjson::dom::element element, std::vector<Secret>& secrets) {
  std::string_view text;
  if (element.get(text) == simdjson::SUCCESS) return add_secret(text, secrets);
  simdjson::dom::array list;
  if (element.get(list) != simdjson::SUCCESS) return "\"secret\" must be a text or a list of texts";
  for (const auto entry : list) {
    if (entry.get(text) != simdjson::SUCCESS) return "\"secret\" must be a text or a list of texts";
    if (auto problem = add_secret(text, secrets); !problem.empty()) return problem;
    if (secrets.size() > 8) return "\"secret\" has more than 8 entries";
  }
  return {};
}

std::string read_fields(std::string_view json, const Config& config, Endpoint& endpoint) {
  simdjson::dom::parser parser;
  simdjson::dom::object row;
  const simdjson::padded_string padded(json);
  if (parser.parse(padded).get(row) != simdjson::SUCCESS) return "the row is not a JSON object";
  std::string_view url;
  if (row["url"].get(url) != simdjson::SUCCESS) return "the row has no \"url\"";
  if (auto reason = parse_url(url, endpoint.url); !reason.empty()) return "webhook URL refused: " + reason;
  if (!endpoint.url.is_tls && !config.allows_http)
    return "webhook URL refused: it is not https (allow_http: true allows http)";
  simdjson::dom::element secret;
  if (row["secret"].get(secret) == simdjson::SUCCESS && !secret.is_null()) {
    if (auto problem = read_secrets(secret, endpoint.secrets); !problem.empty()) return problem;
  }
  return {};
}

}  // namespace

void read_row(std::string_view json, const Config& config, Endpoint& endpoint) {
  endpoint.problem = read_fields(json, config, endpoint);
  endpoint.problem_kind = "endpoint.invalid";
  if (endpoint.problem.empty() && config.is_signed == endpoint.secrets.empty()) {
    endpoint.problem = config.is_signed
                           ? "the row has no \"secret\", but requests are to be signed"
                           : "the row has a \"secret\", but the sink has no signing: nothing would be signed";
  }
  if (endpoint.problem.empty()) build_head(config, endpoint);
}

}  // namespace reprise::webhook
