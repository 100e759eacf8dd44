#pragma once
#include <rocksdb/db.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Private to host/state: shows RocksDB.
namespace reprise::state {

/// A part of a scan, copied, so that its visitor runs without a lock.
struct Page {
  std::vector<std::pair<std::string, std::string>> entries;
  bool is_last = true;
};

/// Keys with prefix, after `after` unless that is empty, ascending, about 256 KiB of them. The store's own are left out.
rocksdb::Status read_page(rocksdb::DB& db, std::string_view prefix, std::string_view after, Page* page);

}  // namespace reprise::state
