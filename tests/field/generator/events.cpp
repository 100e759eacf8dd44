#include "events.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <numeric>

namespace field {
namespace {

constexpr std::size_t kPoolBytes = std::size_t{4} << 20;

std::string twitter_date(std::int64_t timestamp_ms) {
  const std::time_t seconds = static_cast<std::time_t>(timestamp_ms / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  std::strftime(text, sizeof text, "%a %b %d %H:%M:%S +0000 %Y", &utc);
  return text;
}

}  // namespace

SkewedWebhooks::SkewedWebhooks(std::int64_t count, double exponent, std::int64_t hot, std::mt19937_64& random) {
  id_of_rank_.resize(static_cast<std::size_t>(count));
  std::iota(id_of_rank_.begin(), id_of_rank_.end(), 1);
  std::shuffle(id_of_rank_.begin(), id_of_rank_.end(), random);
  if (hot > 0 && hot <= count && count > 1) {
    std::iter_swap(id_of_rank_.begin() + 1, std::find(id_of_rank_.begin(), id_of_rank_.end(), hot));
  }
  double sum = 0;
  for (std::int64_t rank = 1; rank <= count; ++rank) {
    sum += 1.0 / std::pow(static_cast<double>(rank), exponent);
    cumulative_.push_back(sum);
  }
}

std::int64_t SkewedWebhooks::draw(std::mt19937_64& random) const {
  const double point = std::uniform_real_distribution<double>(0, cumulative_.back())(random);
  const auto found = std::lower_bound(cumulative_.begin(), cumulative_.end(), point);
  const auto rank = std::min<std::ptrdiff_t>(found - cumulative_.begin(), std::ssize(cumulative_) - 1);
  return id_of_rank_[static_cast<std::size_t>(rank)];
}

EventWriter::EventWriter(std::size_t size, std::uint64_t seed) : size_(size) {
  std::mt19937_64 random(seed ^ 0x7265706c6179ULL);
  std::vector<std::string> words(4096);
  for (auto& word : words) {
    word.resize(2 + random() % 9);
    for (auto& letter : word) letter = static_cast<char>('a' + random() % 26);
  }
  pool_.reserve(kPoolBytes + 16);
  while (pool_.size() < kPoolBytes) pool_.append(words[random() % words.size()]).push_back(' ');
}

void EventWriter::render(const std::string& event_id, std::int64_t webhook_id, std::int64_t timestamp_ms,
                         std::mt19937_64& random, std::string& out) const {
  const std::string user = std::to_string(7'000'000'000 + webhook_id);
  const std::string author = std::to_string(1'000'000'000 + random() % 900'000'000);
  const std::string created_ms = std::to_string(timestamp_ms);
  out.clear();
  out.append(R"({"for_user_id":")").append(user);
  out.append(R"(","event_id":")").append(event_id);
  out.append(R"(","tweet_create_events":[{"created_at":")").append(twitter_date(timestamp_ms));
  out.append(R"(","id_str":")").append(std::to_string(1'400'000'000'000'000'000 + random() % 400'000'000'000'000'000));
  out.append(R"(","source":"<a href=\"https://mobile.example\" rel=\"nofollow\">Example for Android</a>")");
  out.append(R"(,"truncated":false,"user":{"id_str":")").append(author);
  out.append(R"(","screen_name":"user_)").append(author).append(R"(","followers_count":)");
  out.append(std::to_string(random() % 5000)).append(R"(,"verified":false},"is_quote_status":false,"quote_count":0)");
  out.append(R"(,"reply_count":0,"retweet_count":0,"favorite_count":0,"lang":"en","timestamp_ms":")")
      .append(created_ms);
  out.append(R"(","text":")");
  static constexpr std::string_view kTail = R"("}]})";
  if (out.size() + kTail.size() < size_) {
    const std::size_t length = size_ - out.size() - kTail.size();
    const std::size_t at = random() % (pool_.size() - std::min(length, pool_.size() - 1));
    out.append(pool_, at, length);
  }
  out.append(kTail);
}

}  // namespace field
