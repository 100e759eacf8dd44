#include "name.hpp"

#include <algorithm>
#include <utility>

namespace reprise::webhook {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kShortestNs = kSecondNs;         // a time to live of 0 would mean a question for each connection
constexpr std::int64_t kLongestNs = 3'600 * kSecondNs;  // so that a wrong answer heals
constexpr std::int64_t kStaleNs = 3'600 * kSecondNs;
constexpr std::int64_t kLongestBackOffNs = 60 * kSecondNs;

}  // namespace

Name::Name(const Address& literal)
    : text_(literal.text()), addresses_{literal}, next_ns_(INT64_MAX), usable_until_ns_(INT64_MAX) {}

void Name::found(std::vector<Address> addresses, std::int64_t ttl_ns, std::int64_t now_ns) {
  is_being_asked_ = false;
  failures_ = 0;
  problem_.clear();
  addresses_ = std::move(addresses);
  if (addresses_.size() > kMaxAddresses) addresses_.resize(kMaxAddresses);
  next_ns_ = now_ns + std::clamp(ttl_ns, kShortestNs, kLongestNs);
  usable_until_ns_ = next_ns_ + kStaleNs;
}

void Name::failed(std::string problem, bool is_gone, std::int64_t now_ns) {
  is_being_asked_ = false;
  if (is_gone) addresses_.clear();
  back_off(std::move(problem), now_ns);
}

void Name::give_up(std::int64_t now_ns) {
  if (is_worth_waiting(now_ns)) back_off("no answer yet", now_ns);
}

void Name::back_off(std::string problem, std::int64_t now_ns) {
  problem_ = std::move(problem);
  next_ns_ = now_ns + std::min(kSecondNs << std::min(failures_, 10u), kLongestBackOffNs);
  ++failures_;
}

void Name::pass_over(std::size_t index) {
  if (index + 1 >= addresses_.size()) return;
  std::rotate(addresses_.begin(), addresses_.begin() + static_cast<std::ptrdiff_t>(index) + 1, addresses_.end());
}

}  // namespace reprise::webhook
