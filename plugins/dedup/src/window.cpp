#include "window.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace reprise::dedup {
namespace {

constexpr std::size_t kBlockBytes = 512 * sizeof(Hash);
constexpr char kBlockKind = 'b';
constexpr char kHeadKind = 'h';
constexpr std::string_view kEvictedKey = "e";
constexpr std::size_t kBucketKeySize = 1 + 8;

void append_number(std::string& key, std::uint64_t number, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>(number >> shift));
  }
}

std::uint64_t read_number(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) {
    number = number << 8 | static_cast<unsigned char>(byte);
  }
  return number;
}

std::string bucket_key(char kind, std::int64_t name) {
  std::string key(1, kind);
  append_number(key, static_cast<std::uint64_t>(name), 8);
  return key;
}

std::string block_key(std::int64_t name, std::uint32_t number) {
  std::string key = bucket_key(kBlockKind, name);
  append_number(key, number, 4);
  return key;
}

Failure unknown_form() { return fatal("state.form", "the stored marks are not in a form that this version knows"); }

}  // namespace

void Window::insert(const Hash& hash, std::int64_t now_ms) {
  if (needs_bucket(now_ms)) {
    add_bucket({.name = std::max(now_ms, last_name_ + 1), .began_ms = now_ms, .scope = limits_.scope, .set = {}});
    put_head(buckets_.back());
  }
  if (block_.size() == kBlockBytes) {
    changes_.push_back({REPRISE_STATE_PUT, block_key(last_name_, block_number_), block_});
    block_.clear();
    ++block_number_;
  }
  buckets_.back().set.insert(hash);
  block_.append(reinterpret_cast<const char*>(&hash), sizeof hash);
  is_block_changed_ = true;
}

bool Window::needs_bucket(std::int64_t now_ms) const noexcept {
  if (buckets_.empty()) {
    return true;
  }
  const Bucket& last = buckets_.back();
  return last.scope != limits_.scope || (limits_.retention_ms && now_ms >= last.began_ms + width_ms()) ||
         (last.set.is_full() && last.set.bytes_when_grown() > limits_.bucket_bytes && last.set.size() > 0);
}

void Window::add_bucket(Bucket bucket) {
  if (is_block_changed_) {
    changes_.push_back({REPRISE_STATE_PUT, block_key(last_name_, block_number_), block_});
  }
  block_.clear();
  block_number_ = 0;
  is_block_changed_ = false;
  last_name_ = bucket.name;
  other_scopes_ += bucket.scope != limits_.scope ? 1 : 0;
  buckets_.push_back(std::move(bucket));
}

void Window::put_head(const Bucket& bucket) {
  changes_.push_back({REPRISE_STATE_PUT, bucket_key(kHeadKind, bucket.name),
                      static_cast<char>(bucket.scope) + std::to_string(bucket.began_ms)});
}

bool Window::is_expired(std::int64_t began_ms, std::int64_t now_ms) const noexcept {
  return limits_.retention_ms && began_ms + width_ms() + *limits_.retention_ms <= now_ms;
}

std::size_t Window::expire(std::int64_t now_ms) {
  for (auto bucket = buckets_.rbegin(); bucket != buckets_.rend() && bucket->began_ms > now_ms; ++bucket) {
    bucket->began_ms = now_ms;
    put_head(*bucket);
  }
  std::size_t count = 0;
  for (; !buckets_.empty() && is_expired(buckets_.front().began_ms, now_ms); ++count) {
    drop_oldest();
  }
  return count;
}

void Window::evict(std::int64_t now_ms) {
  evicted_until_ms_ = buckets_.size() > 1 ? buckets_[1].began_ms : now_ms;
  drop_oldest();
  changes_.push_back({REPRISE_STATE_PUT, std::string(kEvictedKey), std::to_string(evicted_until_ms_)});
}

void Window::drop_oldest() {
  changes_.push_back({REPRISE_STATE_ERASE_PREFIX, bucket_key(kBlockKind, buckets_.front().name), {}});
  changes_.push_back({REPRISE_STATE_ERASE_PREFIX, bucket_key(kHeadKind, buckets_.front().name), {}});
  other_scopes_ -= buckets_.front().scope != limits_.scope ? 1 : 0;
  buckets_.pop_front();
  if (buckets_.empty()) {
    block_.clear();
    is_block_changed_ = false;
  }
}

void Window::flush(const State& state) {
  for (const Change& change : changes_) {
    if (change.op == REPRISE_STATE_ERASE_PREFIX) {
      state.erase_prefix(change.key);
    } else {
      state.put(change.key, change.value);
    }
  }
  changes_.clear();
  if (is_block_changed_) {
    state.put(block_key(last_name_, block_number_), block_);
    is_block_changed_ = false;
  }
}

Result<> Window::load(std::string_view key, std::string_view value, std::int64_t now_ms) {
  if (key == kEvictedKey) {
    std::from_chars(value.data(), value.data() + value.size(), evicted_until_ms_);
    return {};
  }
  if (key.size() == kBucketKeySize && key[0] == kHeadKind) {
    return load_head(static_cast<std::int64_t>(read_number(key.substr(1))), value);
  }
  if (key.size() != kBucketKeySize + 4 || key[0] != kBlockKind || value.size() % sizeof(Hash) != 0 ||
      value.size() > kBlockBytes) {
    return unknown_form();
  }
  const auto name = static_cast<std::int64_t>(read_number(key.substr(1, 8)));
  if (is_expired(name, now_ms)) {  // it began then, or before
    // One range for each of its blocks would be written; the same one again is left out.
    std::string head = bucket_key(kHeadKind, name);
    if (changes_.empty() || changes_.back().key != head) {
      changes_.push_back({REPRISE_STATE_ERASE_PREFIX, bucket_key(kBlockKind, name), {}});
      changes_.push_back({REPRISE_STATE_ERASE_PREFIX, std::move(head), {}});
    }
    return {};
  }
  if (buckets_.empty() || buckets_.back().name != name) {
    add_bucket({.name = name, .began_ms = name, .scope = Scope::Unknown, .set = {}});
  }
  for (std::size_t at = 0; at < value.size(); at += sizeof(Hash)) {
    Hash hash;
    std::memcpy(&hash, value.data() + at, sizeof hash);
    if (!hash.is_zero()) {
      buckets_.back().set.insert(hash);
    }
  }
  block_.assign(value);
  block_number_ = static_cast<std::uint32_t>(read_number(key.substr(kBucketKeySize)));
  return {};
}

// Heads come after all blocks. One without blocks belongs to a bucket that has expired.
Result<> Window::load_head(std::int64_t name, std::string_view value) {
  const auto bucket = std::lower_bound(buckets_.begin(), buckets_.end(), name,
                                       [](const Bucket& each, std::int64_t wanted) { return each.name < wanted; });
  if (bucket == buckets_.end() || bucket->name != name) {
    return {};
  }
  const char letter = value.empty() ? '\0' : value[0];
  if (letter != static_cast<char>(Scope::Key) && letter != static_cast<char>(Scope::Partition) &&
      letter != static_cast<char>(Scope::Unknown)) {
    return unknown_form();
  }
  other_scopes_ -= bucket->scope != limits_.scope ? 1 : 0;
  bucket->scope = static_cast<Scope>(letter);
  other_scopes_ += bucket->scope != limits_.scope ? 1 : 0;
  std::from_chars(value.data() + 1, value.data() + value.size(), bucket->began_ms);
  return {};
}

std::size_t Window::bytes() const noexcept {
  std::size_t sum = 0;
  for (const Bucket& bucket : buckets_) {
    sum += bucket.set.bytes();
  }
  return sum;
}

std::size_t Window::entries() const noexcept {
  std::size_t sum = 0;
  for (const Bucket& bucket : buckets_) {
    sum += bucket.set.size();
  }
  return sum;
}

}  // namespace reprise::dedup
