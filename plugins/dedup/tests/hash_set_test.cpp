#include "plugins/dedup/src/hash_set.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "plugins/dedup/src/hasher.hpp"

using namespace reprise::dedup;

TEST_CASE("A set is exact while it grows", "[dedup][set]") {
  std::mt19937_64 random(7);
  HashSet set;
  std::set<std::pair<std::uint64_t, std::uint64_t>> model;
  CHECK(set.bytes() == 0);
  for (int i = 0; i < 100000; ++i) {
    // Few places: long runs of neighbours, as chance makes them in a full table.
    const Hash hash{.low = (random() % 4096) * 64, .high = random() % 32 + 1};
    CHECK(set.contains(hash) == model.contains({hash.low, hash.high}));
    CHECK(set.insert(hash) == model.emplace(hash.low, hash.high).second);
  }
  CHECK(set.size() == model.size());
  CHECK(set.size() * sizeof(Hash) * 4 <= set.bytes() * 3);
}

TEST_CASE("The hash is SHA-256, cut", "[dedup][hash]") {
  Hasher hasher(HashKind::Sha256);
  // FIPS 180-2, B.1: SHA-256("abc") begins ba7816bf 8f01cfea 414140de 5dae2223.
  CHECK(hasher.hash("abc") == Hash{.low = 0xeacf018fbf1678ba, .high = 0x2322ae5dde404141});
  CHECK(hasher.hash("abc") == hasher.hash("abc"));
}

TEST_CASE("The pair of scope and subject is hashed, not their bytes in a row", "[dedup][hash]") {
  Hasher hasher(GENERATE(HashKind::Sha256, HashKind::Xxh3));
  CHECK_FALSE(hasher.hash("ab", "c") == hasher.hash("a", "bc"));
  CHECK_FALSE(hasher.hash("", "c") == hasher.hash(std::nullopt, "c"));
  CHECK(hasher.hash("ab", "c") == hasher.hash("ab", "c"));
}
