#pragma once
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/runtime/fakes.hpp"

// The records and transforms of the property tests.

namespace reprise::runtime::fakes {

/// What becomes of a record, read from its value: "<kind> <content>".
enum class Fate : std::uint8_t { Deliver, Drop, Reject, Refuse, NeverWorks };
inline Fate fate_of(std::string_view value) {
  switch (value.front()) {
    case 'f':
      return Fate::Drop;
    case 'r':
      return Fate::Reject;
    case 'p':
      return Fate::Refuse;
    case 'n':
      return Fate::NeverWorks;
    default:
      return Fate::Deliver;
  }
}

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  unsigned operator()() { return static_cast<unsigned>(engine_()); }

 private:
  std::mt19937 engine_;
};
inline bool one_in(Random& random, unsigned n) { return random() % n == 0; }

/// Keys and contents come again and again, within their partition.
inline Log random_log(Random& random, std::int32_t partitions, std::int64_t offsets) {
  Log log;
  const unsigned without_key = one_in(random, 2) ? 2 : 9;
  const unsigned contents = one_in(random, 2) ? 150 : 5000;
  for (std::int32_t partition = 0; partition < partitions; ++partition) {
    for (std::int64_t offset = 0; offset < offsets; ++offset) {
      auto& place = log[partition].emplace_back();
      if (one_in(random, 10)) continue;
      const unsigned content = random() % contents;
      const std::string kinds = "ddddddddddddddfrpn";
      place = LogRecord{.key = random() % 10 < without_key
                                   ? ""
                                   : "p" + std::to_string(partition) + "k" + std::to_string(random() % 12),
                        .value = std::string(1, kinds[random() % kinds.size()]) + " " + std::to_string(content) +
                                 std::string(content % 200, '.'),
                        .timestamp_ms = static_cast<std::int64_t>(random() % 1000)};
    }
  }
  return log;
}

/// Lets the first of each content of a partition through; later ones attach to it while it is in flight. Durable with the
/// outcomes.
class FirstOnly final : public Transform {
 public:
  FirstOnly(Task*& task, Random& random) : task_(task), random_(random) {}
  Result<> open(const reprise_stream& stream) override {
    std::vector<std::pair<std::string, std::string>> stored;
    for (std::string after;; after = stored.back().first) {
      stored.clear();
      REQUIRE(task_->state_scan(0, stream.slot, "", after, 50, &stored) >= 0);
      if (stored.empty()) return {};
      for (const auto& [value, mark] : stored) seen_[{stream.slot, value}] = 0;
    }
  }
  void close(std::uint32_t, std::int32_t) override {}
  Result<> apply(Records records, std::span<reprise_verdict> verdicts) override {
    for (std::size_t i = 0; i < records.size(); ++i) {
      const auto [at, is_new] =
          seen_.try_emplace({records[i]->slot, std::string(view(records[i]->value))}, records[i]->handle);
      if (is_new) {
        tags_[++last_tag_] = at->first;
        verdicts[i].tag = last_tag_;
      } else if (at->second == 0) {
        verdicts[i].action = REPRISE_REPEAT;
      } else {
        verdicts[i].action = REPRISE_ATTACH;
        verdicts[i].leader = at->second;
      }
    }
    return {};
  }
  Result<> outcome(std::span<const reprise_note> notes) override {
    if (one_in(random_, 20)) return retriable("busy", "not now");
    for (const reprise_note& note : notes) {
      const auto found = tags_.find(note.tag);
      REQUIRE(found != tags_.end());  // each is told once
      const std::string& value = found->second.second;
      const reprise_state_op put{note.slot, REPRISE_STATE_PUT, 0, 0, bytes_of(value), bytes_of("1"), 0};
      REQUIRE(task_->state_write(0, {&put, 1}).ok());
      seen_[found->second] = 0;
      tags_.erase(found);
    }
    return {};
  }
  Result<> rebuild(Records) override { return {}; }

 private:
  using Content = std::pair<std::uint32_t, std::string>;
  Task*& task_;
  Random& random_;
  std::map<Content, std::uint64_t> seen_;  // to the handle of the first; 0: it has its outcome
  std::map<std::uint64_t, Content> tags_;
  std::uint64_t last_tag_ = 0;
};

class DropAndReject final : public Transform {
 public:
  explicit DropAndReject(Random& random) : random_(random) {}
  Result<> open(const reprise_stream&) override { return {}; }
  void close(std::uint32_t, std::int32_t) override {}
  Result<> apply(Records records, std::span<reprise_verdict> verdicts) override {
    if (one_in(random_, 20)) return retriable("busy", "not now");
    for (std::size_t i = 0; i < records.size(); ++i) {
      const Fate fate = fate_of(view(records[i]->value));
      if (fate == Fate::Drop) verdicts[i].action = REPRISE_DROP;
      if (fate == Fate::Reject) verdicts[i].action = REPRISE_REJECT;
    }
    return {};
  }
  Result<> outcome(std::span<const reprise_note>) override { return fatal("tag", "no tag was given"); }
  Result<> rebuild(Records) override { return {}; }

 private:
  Random& random_;
};

}  // namespace reprise::runtime::fakes
