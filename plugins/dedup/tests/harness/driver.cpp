#include "driver.hpp"

#include <catch2/catch.hpp>

namespace reprise::dedup::test {
namespace {

using Thunks = CommonThunks<Dedup>;
constexpr const reprise_transform_api& kApi = kTransformApi<Dedup>;

}  // namespace

/// Keeps what the records of one call point to.
struct Driver::Storage {
  std::vector<reprise_record> records;
  std::vector<std::vector<reprise_header>> headers;
  std::vector<const reprise_record*> pointers;

  Storage(const std::vector<TestRecord>& sources, std::uint64_t& next_handle) {
    records.reserve(sources.size());
    headers.reserve(sources.size());
    for (const TestRecord& source : sources) {
      auto& list = headers.emplace_back();
      for (const auto& [name, value] : source.headers) {
        list.push_back({to_text(name), to_bytes(value)});
      }
      reprise_record record{};
      record.handle = next_handle++;
      record.offset = static_cast<std::int64_t>(record.handle);
      record.key = source.has_key ? to_bytes(source.key) : kNullBytes;
      record.value = source.has_value ? to_bytes(source.value) : kNullBytes;
      record.headers = list.data();
      record.header_count = static_cast<std::uint32_t>(list.size());
      record.slot = source.slot;
      records.push_back(record);
    }
    for (const auto& record : records) {
      pointers.push_back(&record);
    }
  }
};

Driver::Driver(std::initializer_list<OptionList::value_type> options) : options_(options) { create(); }
Driver::~Driver() { destroy(); }

void Driver::create() {
  std::vector<reprise_option> list;
  for (const auto& [key, value] : options_) {
    list.push_back({to_text(key), to_text(value), 0, 0});
  }
  reprise_error error{};
  const auto status = Thunks::create(host.table(), list.data(), list.size(), &self_, &error);
  INFO(error.message);
  REQUIRE(status == REPRISE_OK);
}

void Driver::destroy() {
  Thunks::destroy(self_);
  self_ = nullptr;
}

std::uint32_t Driver::traits() { return Thunks::traits()(self_); }

reprise_status Driver::open_once(std::uint32_t slot, reprise_error* error) {
  reprise_stream stream{};
  stream.struct_size = sizeof stream;
  stream.slot = slot;
  stream.partition = static_cast<std::int32_t>(slot);
  return kApi.open(self_, &stream, error);
}

int Driver::open(std::uint32_t slot, int calls) {
  for (int call = 1; call <= calls; ++call) {
    reprise_error error{};
    const auto status = open_once(slot, &error);
    if (status == REPRISE_OK) {
      return call;
    }
    INFO(error.message);
    REQUIRE(status == REPRISE_RETRIABLE);
  }
  FAIL("open was not OK in " << calls << " calls");
  return 0;
}

void Driver::close(std::uint32_t slot) { kApi.close(self_, slot, REPRISE_CLOSE_STOP); }

std::vector<Verdict> Driver::apply(const std::vector<TestRecord>& records) {
  const Storage storage(records, next_handle_);
  std::vector<Verdict> verdicts(records.size());
  reprise_error error{};
  const auto status = kApi.apply(self_, storage.pointers.data(), storage.pointers.size(), verdicts.data(), &error);
  INFO(error.message);
  REQUIRE(status == REPRISE_OK);
  return verdicts;
}

void Driver::tell(const std::vector<std::pair<std::uint64_t, reprise_outcome>>& outcomes) {
  std::vector<Note> notes;
  for (const auto& [tag, outcome] : outcomes) {
    notes.push_back({.tag = tag, .outcome = outcome, .slot = 0});
  }
  reprise_error error{};
  REQUIRE(kApi.outcome(self_, notes.data(), notes.size(), &error) == REPRISE_OK);
}

void Driver::settle(std::uint64_t tag, reprise_outcome outcome) {
  tell({{tag, outcome}});
  host.commit();
}

void Driver::rebuild(const std::vector<TestRecord>& records) {
  const Storage storage(records, next_handle_);
  reprise_error error{};
  REQUIRE(kApi.rebuild(self_, storage.pointers.data(), storage.pointers.size(), &error) == REPRISE_OK);
  host.commit();
}

void Driver::wake() {
  reprise_error error{};
  REQUIRE(Thunks::wake()(self_, host.boot_ns, &error) == REPRISE_OK);
  host.commit();
}

void Driver::crash(std::uint32_t slots) {
  destroy();
  host.crash();
  create();
  for (std::uint32_t slot = 0; slot < slots; ++slot) {
    open(slot);
  }
}

}  // namespace reprise::dedup::test
