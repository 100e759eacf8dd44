#pragma once
#include <rocksdb/options.h>
#include <rocksdb/status.h>

#include <string>
#include <string_view>

#include "host/base/result.hpp"

// Private to host/state: the only header here that shows RocksDB.
namespace reprise::state {

/// Is this the disk being full, in whatever form RocksDB says it?
bool is_no_space(const rocksdb::Status& status);

/// "store.corrupt" (fatal), "store.no_space" or, for all the rest, "store.io" (both retriable: disks get space, descriptors and
/// their health back); doing: "writing to /var/lib/reprise/db".
Error to_error(const rocksdb::Status& status, std::string_view doing);

/// Options for one small database: about 16 MiB at most, two background threads, no statistics.
rocksdb::Options small_options();

/// The first key after all that begin with prefix; empty: there is none (prefix is all 0xff).
std::string prefix_end(std::string_view prefix);

}  // namespace reprise::state
