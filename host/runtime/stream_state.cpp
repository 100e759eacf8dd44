#include "host/runtime/stream_state.hpp"

namespace reprise::runtime {

Result<std::optional<StoredStream>> load_stream(const state::Store& store, std::string owner, const std::string& topic,
                                                std::int32_t partition) {
  StoredStream stream{.key = {std::move(owner), topic, partition, 1}, .checkpoint = {}};
  std::string value;
  auto found = store.get(stream.key.generation_key(), &value);
  if (!found) return found.error();
  if (!*found) return std::optional<StoredStream>();
  if (value.size() != 4)
    return fatal("state.corrupt",
                 "the generation of " + topic + "-" + std::to_string(partition) + " has a wrong length");
  std::uint32_t generation = 0;
  for (const char c : value) generation = (generation << 8) | static_cast<std::uint8_t>(c);
  stream.key.generation = generation;
  found = store.get(stream.key.progress(), &value);
  if (!found) return found.error();
  if (!*found) return std::optional<StoredStream>();
  auto checkpoint = Checkpoint::decode(value);
  if (!checkpoint) {
    Error error = checkpoint.error();
    error.message = "progress of " + topic + "-" + std::to_string(partition) + ": " + error.message;
    return error;
  }
  stream.checkpoint = *std::move(checkpoint);
  return std::optional<StoredStream>(std::move(stream));
}

Result<bool> has_streams_of(const state::Store& store, const std::string& owner, const std::string& topic) {
  bool is_found = false;
  const auto scanned =
      store.scan(StreamKey::owner_prefix('g', owner) + topic + '\0', {}, [&](std::string_view, std::string_view) {
        is_found = true;
        return false;
      });
  if (!scanned) return scanned.error();
  return is_found;
}

StoredStream put_new_stream(state::Batch& batch, std::string owner, const std::string& topic, std::int32_t partition,
                            std::string log_id, std::int64_t start) {
  StoredStream stream{
      .key = {std::move(owner), topic, partition, 1},
      .checkpoint = {.log_id = std::move(log_id), .start = start, .position = start, .counters = {}, .open = {}}};
  batch.put(stream.key.generation_key(), StreamKey::big_endian(stream.key.generation));
  batch.put(stream.key.progress(), stream.checkpoint.encode());
  return stream;
}

void erase_owner(state::Batch& batch, const std::string& owner) {
  batch.erase_prefix(StreamKey::owner_prefix('s', owner));
  batch.erase_prefix(StreamKey::owner_prefix('g', owner));
}

Result<> check_log(const StoredStream& stream, const std::string& log_id) {
  if (stream.checkpoint.log_id == log_id) return {};
  return fatal("log.changed", stream.key.topic + "-" + std::to_string(stream.key.partition) +
                                  ": the stored progress counts in log \"" + stream.checkpoint.log_id +
                                  "\", but the cluster is now \"" + log_id +
                                  "\"; give the connector another name, or point it at the old cluster");
}

}  // namespace reprise::runtime
