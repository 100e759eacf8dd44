#include "host/state/rocks_page.hpp"

#include <memory>

#include "host/state/format.hpp"
#include "host/state/rocks_convert.hpp"

namespace reprise::state {
namespace {

constexpr std::size_t kPageBytes = 256 << 10;

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocksdb::Slice& text) { return {text.data(), text.size()}; }

}  // namespace

rocksdb::Status read_page(rocksdb::DB& db, std::string_view prefix, std::string_view after, Page* page) {
  const std::string end = prefix_end(prefix);
  const rocksdb::Slice upper(end);
  rocksdb::ReadOptions options;
  if (!end.empty()) {
    options.iterate_upper_bound = &upper;
  }
  const std::unique_ptr<rocksdb::Iterator> at(db.NewIterator(options));
  const bool starts_after = !after.empty() && after >= prefix;
  at->Seek(slice(starts_after ? after : prefix));
  if (starts_after && at->Valid() && view(at->key()) == after) {
    at->Next();
  }
  std::size_t bytes = 0;
  for (; at->Valid() && at->key().starts_with(slice(prefix)); at->Next()) {
    if (view(at->key()).starts_with(kReservedFirstByte)) {
      continue;
    }
    if (bytes >= kPageBytes) {
      page->is_last = false;
      break;
    }
    bytes += at->key().size() + at->value().size();
    page->entries.emplace_back(at->key().ToString(), at->value().ToString());
  }
  return at->status();
}

}  // namespace reprise::state
