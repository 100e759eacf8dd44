#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace field {

/// Draws webhook ids 1..count with a zipf distribution: the webhook of rank r gets a share of 1 / r^exponent. Which id
/// has which rank is shuffled by the seed; `hot` (0 for none) takes rank 2, so that a test knows a busy webhook by name.
class SkewedWebhooks {
 public:
  SkewedWebhooks(std::int64_t count, double exponent, std::int64_t hot, std::mt19937_64& random);
  std::int64_t draw(std::mt19937_64& random) const;

 private:
  std::vector<double> cumulative_;
  std::vector<std::int64_t> id_of_rank_;
};

/// Renders account-activity events of about `size` bytes. Text comes from a pool of 4 MiB of pseudo-words, so that a batch
/// compresses about as well as people's text does and not as a repeated template would.
class EventWriter {
 public:
  EventWriter(std::size_t size, std::uint64_t seed);
  /// Replaces `out` with the event's JSON. `event_id` must be unique: it is what makes the bytes unique.
  void render(const std::string& event_id, std::int64_t webhook_id, std::int64_t timestamp_ms, std::mt19937_64& random,
              std::string& out) const;

 private:
  std::size_t size_;
  std::string pool_;
};

}  // namespace field
