#include <catch2/catch.hpp>
#include <string>

#include "harness/driver.hpp"

// States that versions before this one have left behind, byte by byte.

using namespace reprise::dedup::test;

namespace {

constexpr std::int64_t kHourMs = 3'600'000;

std::string unhex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

// 'b', 1795256000000 (ms, when the bucket began), block 0.
const std::string kBlockOf010 = unhex(
    "62"
    "000001a1fd989e00"
    "00000000");
// The first 16 bytes of SHA-256 of "a" and of "b".
const std::string kPartitionMarks = unhex(
    "ca978112ca1bbdcafac231b39a23dc4d"
    "3e23e8160039594a33894f6564e1b134");
// The same of 2 (8 bytes, little endian), "42", "a".
const std::string kKeyMarks = unhex("6443a2049e3d68141df4fa493925dd73");

}  // namespace

TEST_CASE("Marks of 0.1.0 stay what they were until they expire", "[dedup][golden]") {
  Driver dedup{{"retention", std::to_string(8 * kHourMs)}};
  const bool is_by_key = GENERATE(false, true);  // what its scope was, which they do not say
  dedup.host.state(0)[kBlockOf010] = is_by_key ? kKeyMarks : kPartitionMarks;
  dedup.host.wall_ms += kHourMs;
  dedup.open();

  CHECK(dedup.apply_one({.value = "a", .key = "42"}).action == REPRISE_REPEAT);
  CHECK(dedup.apply_one({.value = "a", .key = "43"}).action == (is_by_key ? REPRISE_KEEP : REPRISE_REPEAT));
  const auto fresh = dedup.apply_one({.value = "c", .key = "42"});
  CHECK(fresh.action == REPRISE_KEEP);
  dedup.settle(fresh.tag);
  dedup.close();
  dedup.open();
  CHECK(dedup.apply_one({.value = "a", .key = "42"}).action == REPRISE_REPEAT);
  CHECK(dedup.apply_one({.value = "c", .key = "42"}).action == REPRISE_REPEAT);
  CHECK(dedup.apply_one({.value = "c", .key = "43"}).action == REPRISE_KEEP);

  dedup.host.wall_ms += 9 * kHourMs;
  dedup.close();
  dedup.open();
  CHECK(dedup.apply_one({.value = "a", .key = "42"}).action == REPRISE_KEEP);
}

TEST_CASE("A bucket names its scope and when it began, and keeps both when the option changes", "[dedup][golden]") {
  const std::string head = unhex(
      "68"
      "000001a1fd989e00");  // 'h', 1795256000000
  const std::string block = unhex(
      "62"
      "000001a1fd989e00"
      "00000000");
  Driver by_key;
  by_key.open();
  by_key.settle(by_key.apply_one({.value = "a", .key = "42"}).tag);
  CHECK(by_key.host.state(0)[head] == "k1795256000000");
  CHECK(by_key.host.state(0)[block] == kKeyMarks);
  Driver by_partition{{"scope", "partition"}};
  by_partition.open();
  by_partition.settle(by_partition.apply_one({.value = "a", .key = "42"}).tag);
  CHECK(by_partition.host.state(0)[head] == "p1795256000000");
  CHECK(by_partition.host.state(0)[block] == kPartitionMarks.substr(0, 16));

  Driver changed{{"scope", "partition"}};
  changed.host.state(0) = by_key.host.state(0);
  changed.open();

  CHECK(changed.apply_one({.value = "a", .key = "42"}).action == REPRISE_REPEAT);
  CHECK(changed.apply_one({.value = "a", .key = "43"}).action == REPRISE_KEEP);
}
