#include "host/runtime/shard_place.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <vector>

namespace reprise::runtime {
namespace {

struct Shards {
  Shards() {
    for (int i = 0; i < 8; ++i) {
      owned.push_back(std::make_unique<Shard>(clock));
      all.push_back(owned.back().get());
    }
  }
  SystemClock clock;
  std::vector<std::unique_ptr<Shard>> owned;
  std::vector<Shard*> all;
};

}  // namespace

TEST_CASE("Places go to the shard that has the fewest", "[runtime][shard]") {
  Shards shards;
  std::vector<std::optional<ShardPlace>> places;
  for (int i = 0; i < 16; ++i) places.emplace_back(ShardPlace::on_least_loaded(shards.all));

  for (Shard* const shard : shards.all) CHECK(shard->places() == 2);
  Shard& left = places[11]->shard();
  places[11].reset();

  CHECK(&ShardPlace::on_least_loaded(shards.all).shard() == &left);
  CHECK(left.places() == 1);
}

TEST_CASE("Places that are taken at the same time are spread as well", "[runtime][shard]") {
  Shards shards;
  std::vector<std::optional<ShardPlace>> places(64);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = 0; i < 8; ++i) places[t * 8 + i].emplace(ShardPlace::on_least_loaded(shards.all));
      });
    }
  }

  for (Shard* const shard : shards.all) CHECK(shard->places() == 8);
}

}  // namespace reprise::runtime
