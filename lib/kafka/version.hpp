#pragma once
#include <librdkafka/rdkafka.h>

namespace reprise::kafka {

/// Facts about the librdkafka that is really loaded, which may be newer than the headers we were built with.
/// `version` is rd_kafka_version(): 0xMMmmrrxx.

/// Up to 2.1 a partition whose prefetch queue is full sleeps about a second, and draining it wakes nobody
/// (confluentinc/librdkafka#2879): the fetcher must be woken by a request to the same broker. From 2.2.0 on
/// fetch.queue.backoff.ms says how long the pause is.
constexpr bool has_fetch_queue_backoff(int version) { return version >= 0x02020000; }

/// From 2.3.0 on the idempotent producer survives an error after which a batch may have been stored; before, it ends
/// with a fatal error and has to be replaced.
constexpr bool has_lasting_idempotence(int version) { return version >= 0x02030000; }

/// "2.0.2", of the library that is loaded.
inline const char* library_version() { return rd_kafka_version_str(); }

}  // namespace reprise::kafka
