#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "fake_host.hpp"
#include "plugins/dedup/src/dedup.hpp"

namespace reprise::dedup::test {

using OptionList = std::vector<std::pair<std::string, std::string>>;

/// A record and its own bytes.
struct TestRecord {
  std::string value;
  std::string key = "42";
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::uint32_t slot = 0;
  bool has_value = true;
  bool has_key = true;
};

/// One instance of dedup over a FakeHost, called as the host calls it, through the boundary's tables.
class Driver {
 public:
  Driver() : Driver(std::initializer_list<OptionList::value_type>{}) {}
  Driver(std::initializer_list<OptionList::value_type> options);
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  /// Fails the test unless it opens within `calls` calls. Returns how many it took.
  int open(std::uint32_t slot = 0, int calls = 1000);
  reprise_status open_once(std::uint32_t slot, reprise_error* error);
  void close(std::uint32_t slot = 0);
  std::vector<Verdict> apply(const std::vector<TestRecord>& records);
  Verdict apply_one(const TestRecord& record) { return apply({record}).front(); }
  Verdict apply_value(const std::string& value) { return apply_one({.value = value}); }
  /// Tells one group; it is durable only after host.commit().
  void tell(const std::vector<std::pair<std::uint64_t, reprise_outcome>>& outcomes);
  /// Tells and commits.
  void settle(std::uint64_t tag, reprise_outcome outcome = REPRISE_DELIVERED);
  void rebuild(const std::vector<TestRecord>& records);
  void wake();
  /// A new process: what was not committed is gone, the instance is made anew, and the slots are opened.
  void crash(std::uint32_t slots = 1);
  /// The handle of the record that apply saw last.
  std::uint64_t last_handle() const { return next_handle_ - 1; }
  std::uint32_t traits();

  FakeHost host;

 private:
  struct Storage;
  void create();
  void destroy();

  OptionList options_;
  void* self_ = nullptr;
  std::uint64_t next_handle_ = 1;
};

}  // namespace reprise::dedup::test
