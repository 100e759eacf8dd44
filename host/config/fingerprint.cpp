#include "host/config/fingerprint.hpp"

#include <openssl/evp.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "host/config/json.hpp"

namespace reprise::config {
namespace {

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 is not available");
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex.append({kDigits[digest[i] >> 4], kDigits[digest[i] & 15]});
  return hex;
}

constexpr std::uintmax_t kMaxHashedFile = 1 << 20;

// An option that names a file counts with what stands in it: a renewed certificate is a change, although its path is the same.
std::string content_of_named_file(const std::string& value) {
  if (!value.starts_with('/')) return {};
  std::error_code error;
  const std::filesystem::path path(value);
  if (!std::filesystem::is_regular_file(path, error) || std::filesystem::file_size(path, error) > kMaxHashedFile ||
      error)
    return {};
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(JsonWriter& out, const PluginUse& use, bool with_hot) {
  out.begin_array().string(use.plugin);
  for (const auto& option : use.options) {
    if (!with_hot && option.is_hot) continue;
    out.string(option.name).string(option.value);
    if (const std::string content = content_of_named_file(option.value); !content.empty())
      out.string(sha256_hex(content));
  }
  out.end_array();
}

void write(JsonWriter& out, const ErrorPolicy& errors, bool with_hot) {
  const auto& retry = errors.retry;
  out.begin_array();
  out.boolean(errors.tolerate_all);
  out.number(std::int64_t{retry.initial.count()}).number(retry.multiplier).number(std::int64_t{retry.max.count()});
  out.boolean(retry.full_jitter).number(std::int64_t{retry.attempts});
  out.number(std::int64_t{retry.max_elapsed ? retry.max_elapsed->count() : -1});
  if (errors.dead_letter) write(out, *errors.dead_letter, with_hot);
  out.number(errors.endpoint_share);
  errors.endpoint_max_records ? out.number(*errors.endpoint_max_records) : out.null();
  out.boolean(errors.endpoint_overflow == ErrorPolicy::Overflow::Block);
  out.end_array();
}

}  // namespace

std::string fingerprint(const ConnectorConfig& connector, bool with_hot) {
  JsonWriter out;
  out.begin_array();
  out.string(connector.name)
      .boolean(connector.mode == ConnectorConfig::Mode::Replay)
      .number(std::int64_t{connector.tasks_max});
  write(out, connector.source, with_hot);
  out.begin_array();
  for (const auto& transform : connector.transforms) write(out, transform, with_hot);
  out.end_array();
  write(out, connector.sink, with_hot);
  write(out, connector.errors, with_hot);
  out.number(std::int64_t{connector.max_in_flight})
      .number(connector.max_in_flight_bytes)
      .number(connector.max_held_bytes);
  out.number(std::int64_t{connector.commit_max_outcomes}).number(std::int64_t{connector.commit_interval.count()});
  out.number(std::int64_t{connector.jobs_max}).number(std::int64_t{connector.stall_after.count()});
  out.number(std::int64_t{connector.restart.initial.count()}).number(connector.restart.multiplier);
  out.number(std::int64_t{connector.restart.max.count()}).number(std::int64_t{connector.restart.attempts});
  out.end_array();
  return sha256_hex(out.text());
}

}  // namespace reprise::config
