#include "tests/contract/recording_host.hpp"

#include "host/plugin/convert.hpp"

namespace reprise::contract {

using plugin::to_bytes;
using plugin::to_view;

void RecordingHost::log(std::int32_t level, std::string_view message, std::span<const reprise_option> fields) noexcept {
  std::string line = std::to_string(level) + " " + std::string(message);
  for (const reprise_option& field : fields) {
    line += " " + std::string(to_view(field.key)) + "=" + std::string(to_view(field.value));
  }
  lines.push_back(std::move(line));
}

std::uint64_t RecordingHost::metric(std::int32_t, std::string_view name, std::string_view,
                                    std::span<const reprise_option>) noexcept {
  return metric_ids.try_emplace(std::string(name), metric_ids.size() + 1).first->second;
}

void RecordingHost::lookup(std::uint64_t, std::span<const reprise_bytes> keys, reprise_row* out) noexcept {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto found = webhooks.find(to_view(keys[i]));
    out[i] = found == webhooks.end() ? reprise_row{} : reprise_row{to_bytes(found->second), 7, 0};
  }
}

void RecordingHost::settle(std::span<const reprise_settlement> settlements) noexcept {
  for (const reprise_settlement& one : settlements) {
    settled.push_back({one.handle, one.status, one.code, one.error != nullptr ? one.error->message : ""});
  }
}

Result<> RecordingHost::state_write(std::span<const reprise_state_op> changes) noexcept {
  for (const reprise_state_op& change : changes) {
    const std::string key(to_view(change.key)), value(to_view(change.value));
    if (change.op == REPRISE_STATE_PUT) state[key] = value;
    if (change.op == REPRISE_STATE_APPEND) state[key] += value;
    if (change.op == REPRISE_STATE_ERASE) state.erase(key);
    if (change.op == REPRISE_STATE_ERASE_PREFIX) {
      std::erase_if(state, [&](const auto& entry) { return entry.first.starts_with(key); });
    }
  }
  return {};
}

std::int32_t RecordingHost::state_get(std::uint32_t, reprise_bytes key, reprise_bytes* value) noexcept {
  const auto found = state.find(to_view(key));
  if (found == state.end()) return 0;
  *value = to_bytes(found->second);
  return 1;
}

std::int32_t RecordingHost::state_scan(std::uint32_t, reprise_bytes prefix, reprise_bytes after,
                                       std::span<reprise_entry> out) noexcept {
  std::size_t count = 0;
  for (const auto& [key, value] : state) {
    if (count == out.size()) break;
    if (key.starts_with(to_view(prefix)) && key > to_view(after)) out[count++] = {to_bytes(key), to_bytes(value), 0};
  }
  return static_cast<std::int32_t>(count);
}

RecordArray::RecordArray(std::vector<std::string> values) : values_(std::move(values)), records_(values_.size()) {
  for (std::size_t i = 0; i < values_.size(); ++i) {
    records_[i].handle = i + 1;
    records_[i].offset = static_cast<std::int64_t>(i);
    records_[i].timestamp_ms = -1;
    records_[i].attempt = 1;
    records_[i].value = to_bytes(values_[i]);
    pointers_.push_back(&records_[i]);
  }
}

}  // namespace reprise::contract
