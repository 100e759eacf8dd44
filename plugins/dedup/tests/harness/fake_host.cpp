#include "fake_host.hpp"

#include <reprise/views.hpp>

namespace reprise::dedup::test {

FakeHost::FakeHost() {
  table_.struct_size = sizeof table_;
  table_.abi_minor = REPRISE_ABI_MINOR;
  table_.impl = this;
  table_.instance = to_text("test/dedup");
  table_.log_enabled = [](const reprise_host*, std::int32_t) -> std::int32_t { return 0; };
  table_.log = [](const reprise_host*, std::int32_t, reprise_text, const reprise_option*, std::size_t) {};
  table_.now = [](const reprise_host* host, std::int32_t clock) {
    return clock == REPRISE_CLOCK_WALL ? of(host).wall_ms * 1'000'000 : of(host).boot_ns;
  };
  table_.metric = [](const reprise_host* host, std::int32_t kind, reprise_text name, reprise_text,
                     const reprise_option* labels, std::size_t count) -> std::uint64_t {
    std::string full(to_view(name));
    for (std::size_t i = 0; i < count; ++i) {
      full += "{" + std::string(to_view(labels[i].key)) + "=" + std::string(to_view(labels[i].value)) + "}";
    }
    FakeHost& self = of(host);
    const auto number = self.metric_numbers_.emplace(full, self.metric_numbers_.size() + 1).first->second;
    self.metrics_[number].kind = kind;
    return number;
  };
  table_.measure = [](const reprise_host* host, std::uint64_t number, double value) {
    Metric& metric = of(host).metrics_[number];
    metric.value = metric.kind == REPRISE_COUNTER ? metric.value + value : value;
  };
  table_.health = [](const reprise_host* host, reprise_text, std::int32_t state, const reprise_error*) {
    of(host).health = state;
  };
  table_.wake_at = [](const reprise_host* host, std::int64_t at_ns) { of(host).wake_at_ns = at_ns; };
  table_.state_write = [](const reprise_host* host, const reprise_state_op* ops, std::size_t count,
                          reprise_error*) -> reprise_status {
    for (std::size_t i = 0; i < count; ++i) {
      const Change change{ops[i].slot, ops[i].op, std::string(to_view(ops[i].key)), std::string(to_view(ops[i].value))};
      change_in(of(host).visible_, change);
      of(host).uncommitted_.push_back(change);
    }
    return REPRISE_OK;
  };
  table_.state_floor = [](const reprise_host*, std::uint32_t, std::int64_t, reprise_error*) {
    return reprise_status{REPRISE_PERMANENT};
  };
  table_.state_scan = [](const reprise_host* host, std::uint32_t slot, reprise_bytes prefix, reprise_bytes after,
                         reprise_entry* out, std::int32_t max) -> std::int32_t {
    if (of(host).fails_reads) {
      return -1;
    }
    const auto& state = of(host).visible_[slot];
    std::int32_t count = 0;
    for (auto at = state.upper_bound(std::string(to_view(after))); at != state.end() && count < max; ++at) {
      if (at->first.starts_with(to_view(prefix))) {
        out[count++] = {to_bytes(at->first), to_bytes(at->second), 0};
      }
    }
    return count;
  };
}

void FakeHost::change_in(States& states, const Change& change) {
  auto& state = states[change.slot];
  switch (change.op) {
    case REPRISE_STATE_PUT:
      state[change.key] = change.value;
      break;
    case REPRISE_STATE_APPEND:
      state[change.key] += change.value;
      break;
    case REPRISE_STATE_ERASE:
      state.erase(change.key);
      break;
    default:
      std::erase_if(state, [&](const auto& entry) { return entry.first.starts_with(change.key); });
  }
}

void FakeHost::commit() {
  for (const Change& change : uncommitted_) {
    change_in(durable_, change);
  }
  uncommitted_.clear();
}

void FakeHost::crash() {
  visible_ = durable_;
  uncommitted_.clear();
}

double FakeHost::metric(const std::string& name) const {
  const auto number = metric_numbers_.find(name);
  return number == metric_numbers_.end() ? 0 : metrics_.at(number->second).value;
}

}  // namespace reprise::dedup::test
