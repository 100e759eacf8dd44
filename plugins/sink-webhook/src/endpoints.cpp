#include "endpoints.hpp"

#include <algorithm>
#include <array>

namespace reprise::webhook {
namespace {

constexpr std::int64_t kRoundNs = 60'000'000'000;

}  // namespace

std::uint64_t hash_of(std::string_view text) {
  const std::uint64_t hash = std::hash<std::string_view>{}(text);
  return hash != 0 ? hash : 1;
}

Endpoints::Endpoints(const reprise_host& host, const Config& config) : host_(host), config_(config) {
  if (!config.has_url) {
    table_ = host.table(&host, text_of(config.table));
    return;
  }
  fixed_ = std::make_unique<Endpoint>();
  fixed_->url = config.url;
  fixed_->secrets = config.is_signed ? config.secrets : std::vector<Secret>{};
  fixed_->bucket.configure(config.rate_per_second, config.rate_burst);
  build_head(config, *fixed_);
}

std::uint64_t Endpoints::group_of(std::string_view key) const { return config_.has_url ? 0 : hash_of(key); }

Endpoint* Endpoints::find(std::string_view key, const reprise_row* row) {
  if (fixed_ != nullptr) return fixed_.get();
  const bool has_row = row != nullptr && row->value.data != nullptr;
  const auto known = by_key_.find(key);
  if (known == by_key_.end()) return has_row ? make(key, *row) : nullptr;
  if (has_row && known->second->version == row->version) return known->second.get();

  const TokenBucket bucket = known->second->bucket;
  retire(std::move(known->second));
  by_key_.erase(known);
  if (!has_row) return nullptr;
  Endpoint* endpoint = make(key, *row);
  endpoint->bucket = bucket;  // who changes a row does not get more of us
  return endpoint;
}

Endpoint* Endpoints::peek(std::string_view key) {
  const auto known = by_key_.find(key);
  return known == by_key_.end() ? nullptr : known->second.get();
}

void Endpoints::look_again(std::int64_t now_ns) {
  const std::int64_t passed_ns = std::min(now_ns - looked_ns_, kRoundNs);
  looked_ns_ = now_ns;
  std::vector<std::string> keys;  // copies: find takes the originals away
  const std::size_t buckets = by_key_.bucket_count();
  const double share = static_cast<double>(passed_ns) / static_cast<double>(kRoundNs);
  for (auto left = static_cast<std::size_t>(static_cast<double>(buckets) * share) + 1; left > 0; --left) {
    bucket_ = (bucket_ + 1) % buckets;
    for (auto at = by_key_.begin(bucket_); at != by_key_.end(bucket_); ++at) keys.push_back(at->first);
  }
  std::array<reprise_bytes, kLookupBatch> asked;
  std::array<reprise_row, kLookupBatch> rows;
  for (std::size_t first = 0; first < keys.size(); first += kLookupBatch) {
    const std::size_t count = std::min(keys.size() - first, kLookupBatch);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string& key = keys[first + i];
      asked[i] = {reinterpret_cast<const std::uint8_t*>(key.data()), key.size()};
    }
    host_.lookup(&host_, table_, asked.data(), count, rows.data());
    for (std::size_t i = 0; i < count; ++i) find(keys[first + i], &rows[i]);
  }
}

Endpoint* Endpoints::make(std::string_view key, const reprise_row& row) {
  auto made = std::make_unique<Endpoint>();
  made->name = key;
  made->version = row.version;
  made->group = group_of(key);
  made->bucket.configure(config_.rate_per_second, config_.rate_burst);
  read_row(view(row.value), config_, *made);
  return by_key_.emplace(made->name, std::move(made)).first->second.get();
}

void Endpoints::retire(std::unique_ptr<Endpoint> endpoint) {
  if (config_.opens_breaker(endpoint->failures))
    host_.health(&host_, text_of(endpoint->name), REPRISE_UP, nullptr);  // nobody is down where nobody is sent to
  if (endpoint->in_flight == 0) return;
  endpoint->is_retired = true;
  retired_.push_back(std::move(endpoint));
}

void Endpoints::drop_if_unused(const Endpoint& endpoint) {
  if (!endpoint.is_retired || endpoint.in_flight > 0) return;
  std::erase_if(retired_, [&](const auto& retired) { return retired.get() == &endpoint; });
}

}  // namespace reprise::webhook
