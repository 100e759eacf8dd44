#include <algorithm>

#include "host/runtime/task.hpp"
#include "host/telemetry/log.hpp"

// What plugin instances ask of their task.

namespace reprise::runtime {

void Task::settle(std::span<const reprise_settlement> settlements) {
  const bool is_own_thread = loop_.is_own_thread();
  const bool must_notify = inbox_.push(settlements, is_own_thread);
  want_turn();
  if (must_notify) loop_.notify();
}

void Task::source_resumed(std::uint32_t slot) {
  if (Stream* const stream = find_stream(slot)) {
    stream->scan.resume();
    stream->open_again = {};
  }
  want_turn();
}

void Task::sink_resumed(std::uint64_t group) {
  is_sink_full_ = false;
  if (group == 0) absence_.ask_now();
  lanes_.endpoint_resumed(group, loop_.now());  // 0 is that of a sink without routes
  want_turn();
}

const reprise_record* Task::detach(const reprise_record* record) {
  const FlightId id = flights_.find(record->handle);
  if (id == 0) return record;
  flights_.at(id).copy_out();
  return flights_.at(id).record;
}

Result<> Task::state_write(std::size_t transform, std::span<const reprise_state_op> changes) {
  // All of them or none: looked at before any is taken.
  for (const reprise_state_op& change : changes) {
    if (find_stream(change.slot) == nullptr)
      return permanent("state.slot", "there is no stream in slot " + std::to_string(change.slot));
    if (change.op != REPRISE_STATE_PUT && change.op != REPRISE_STATE_ERASE && change.op != REPRISE_STATE_ERASE_PREFIX)
      return permanent("state.op", "this version knows no change of state " + std::to_string(change.op));
  }
  for (const reprise_state_op& change : changes) {
    std::string key = find_stream(change.slot)->plan.key.transform(transform) + std::string(view(change.key));
    if (change.op == REPRISE_STATE_PUT) {
      batch_.put(std::move(key), std::string(view(change.value)));
    } else if (change.op == REPRISE_STATE_ERASE) {
      batch_.erase(std::move(key));
    } else {
      batch_.erase_prefix(std::move(key));
    }
  }
  return {};
}

std::int32_t Task::state_get(std::size_t transform, std::uint32_t slot, std::string_view key, std::string* value) {
  const Stream* const stream = find_stream(slot);
  if (stream == nullptr) return -1;
  const std::string full = stream->plan.key.transform(transform) + std::string(key);
  const auto& changes = batch_.changes();
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    if (change->kind == state::Batch::Kind::ErasePrefix ? full.starts_with(change->key) : full == change->key) {
      if (change->kind != state::Batch::Kind::Put) return 0;
      *value = change->value;
      return 1;
    }
  }
  const auto found = services_.store.get(full, value);
  return !found ? -1 : *found ? 1 : 0;
}

std::int32_t Task::state_scan(std::size_t transform, std::uint32_t slot, std::string_view prefix,
                              std::string_view after, std::size_t max,
                              std::vector<std::pair<std::string, std::string>>* out) {
  const Stream* const stream = find_stream(slot);
  if (stream == nullptr) return -1;
  // Own writes are seen by being written: a scan is for open, where there are few.
  if (!write_state()) return -1;
  const std::string base = stream->plan.key.transform(transform);
  const auto scanned =
      services_.store.scan(base + std::string(prefix), after.empty() ? std::string() : base + std::string(after),
                           [&](std::string_view key, std::string_view value) {
                             if (out->size() == max) return false;
                             out->emplace_back(key.substr(base.size()), value);
                             return true;
                           });
  return scanned ? static_cast<std::int32_t>(out->size()) : -1;
}

}  // namespace reprise::runtime
