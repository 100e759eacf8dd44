#pragma once
#include <optional>
#include <string>
#include <vector>

#include "host/base/result.hpp"
#include "host/runtime/checkpoint.hpp"
#include "host/runtime/stream_key.hpp"
#include "host/state/store.hpp"

namespace reprise::runtime {

/// A stream as it stands in the store.
struct StoredStream {
  StreamKey key;  ///< with its current generation
  Checkpoint checkpoint;
};

/// What is stored of a partition under its owner; empty: it never ran.
Result<std::optional<StoredStream>> load_stream(const state::Store& store, std::string owner, const std::string& topic,
                                                std::int32_t partition);

/// Does the owner have any partition of this topic? Then a partition without state is a new one.
Result<bool> has_streams_of(const state::Store& store, const std::string& owner, const std::string& topic);

/// Adds a stream that begins at start (first generation) to batch.
StoredStream put_new_stream(state::Batch& batch, std::string owner, const std::string& topic, std::int32_t partition,
                            std::string log_id, std::int64_t start);

/// Erases everything of an owner.
void erase_owner(state::Batch& batch, const std::string& owner);

/// Fatal when the stream's offsets count in another log than the one that is there now.
Result<> check_log(const StoredStream& stream, const std::string& log_id);

}  // namespace reprise::runtime
