#include "host/state/rocks_convert.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include "host/state/rocks_log.hpp"

namespace reprise::state {

bool is_no_space(const rocksdb::Status& status) {
  return status.subcode() == rocksdb::Status::kNoSpace || status.subcode() == rocksdb::Status::kSpaceLimit;
}

Error to_error(const rocksdb::Status& status, std::string_view doing) {
  const std::string what = std::string(doing) + ": ";
  if (is_no_space(status)) {
    return retriable("store.no_space", what + "no space left on the device; make room, it goes on by itself");
  }
  if (status.IsCorruption()) {
    return fatal("store.corrupt",
                 what + status.ToString() + "; the next start sets the database aside and begins empty");
  }
  return retriable("store.io", what + status.ToString() + "; it is tried again");
}

rocksdb::Options small_options() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.write_buffer_size = 2 << 20;
  options.max_write_buffer_number = 2;
  options.max_total_wal_size = 32 << 20;
  options.max_background_jobs = 2;
  options.max_open_files = 128;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.info_log = make_rocks_log();
  // Hashes, most of what is stored, do not compress.
  options.compression = rocksdb::kNoCompression;
  // Freed space must show soon where a database has only a few files.
  options.level_compaction_dynamic_level_bytes = true;
  options.target_file_size_base = 4 << 20;
  options.max_bytes_for_level_base = 16 << 20;

  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(1 << 20, 0);
  table.cache_index_and_filter_blocks = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

std::string prefix_end(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') {
    end.pop_back();
  }
  if (!end.empty()) {
    end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  }
  return end;
}

}  // namespace reprise::state
