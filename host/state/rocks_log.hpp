#pragma once
#include <rocksdb/env.h>

#include <memory>

// Private to host/state: shows RocksDB.
namespace reprise::state {

/// What RocksDB has to say goes to our log, at debug. Not to its own file: once a write to that has failed, as on a full disk,
/// the next line aborts the process (Debian's build has asserts).
std::shared_ptr<rocksdb::Logger> make_rocks_log();

}  // namespace reprise::state
