#include "endpoints.hpp"

namespace reprise::webhook {

std::uint64_t hash_of(std::string_view text) {
  const std::uint64_t hash = std::hash<std::string_view>{}(text);
  return hash != 0 ? hash : 1;
}

Endpoints::Endpoints(const reprise_host& host, const Config& config) : config_(config) {
  if (!config.has_url) {
    table_ = host.table(&host, text_of(config.table));
    return;
  }
  fixed_ = std::make_unique<Endpoint>();
  fixed_->url = config.url;
  fixed_->secrets = config.is_signed ? config.secrets : std::vector<Secret>{};
  fixed_->bucket.configure(config.rate_per_second, config.rate_burst);
  fixed_group_ = hash_of(config.url.authority + config.url.target);
  fixed_->group = fixed_group_;
  build_head(config, *fixed_);
}

std::uint64_t Endpoints::group_of(std::string_view key) const { return config_.has_url ? fixed_group_ : hash_of(key); }

Endpoint* Endpoints::find(std::string_view key, const reprise_row* row) {
  if (fixed_ != nullptr) return fixed_.get();
  const auto known = by_key_.find(key);
  if (row == nullptr || row->value.data == nullptr) {
    if (known != by_key_.end()) {
      known->second->is_erased = true;
      drop_if_unused(*known->second);
    }
    return nullptr;
  }
  if (known != by_key_.end() && known->second->version == row->version && !known->second->is_erased)
    return known->second.get();

  Endpoint* endpoint = nullptr;
  if (known != by_key_.end()) {
    endpoint = known->second.get();
  } else {
    auto made = std::make_unique<Endpoint>();
    made->name = key;
    made->group = group_of(key);
    made->bucket.configure(config_.rate_per_second, config_.rate_burst);
    endpoint = by_key_.emplace(std::string(key), std::move(made)).first->second.get();
  }
  endpoint->is_erased = false;
  endpoint->version = row->version;
  read_row(view(row->value), config_, *endpoint);
  return endpoint;
}

void Endpoints::drop_if_unused(Endpoint& endpoint) {
  if (endpoint.is_erased && endpoint.in_flight == 0) by_key_.erase(by_key_.find(std::string_view(endpoint.name)));
}

}  // namespace reprise::webhook
