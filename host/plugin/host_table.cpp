#include "host/plugin/host_table.hpp"

#include <algorithm>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/address_check.hpp"
#include "host/plugin/convert.hpp"
#include "host/plugin/instance.hpp"

namespace reprise::plugin {

namespace {

// What a plugin is told of a service's answer.
reprise_status tell(const Result<>& result, reprise_error* error) noexcept {
  if (result.ok()) return REPRISE_OK;
  write_error(result.error(), error);
  return static_cast<reprise_status>(result.error().status);
}

// Declared in the interface, and not built yet.
reprise_status not_offered(const char* what, reprise_error* error) noexcept {
  return tell(permanent("not.offered", std::string("this host does not offer ") + what), error);
}

}  // namespace

HostServices& HostTable::services(const reprise_host* host) noexcept {
  return static_cast<Instance*>(host->impl)->services_;
}

const Instance& HostTable::instance(const reprise_host* host) noexcept { return *static_cast<Instance*>(host->impl); }

void HostTable::log(const reprise_host* host, std::int32_t level, reprise_text message, const reprise_option* fields,
                    std::size_t count) noexcept {
  const Instance& from = instance(host);
  std::vector<std::string> values;
  std::vector<reprise_option> covered(fields, fields + count);
  values.reserve(count);
  for (reprise_option& field : covered) field.value = to_text(values.emplace_back(from.covered(to_view(field.value))));
  services(host).log(level, from.covered(to_view(message)), covered);
}

void HostTable::health(const reprise_host* host, reprise_text subject, std::int32_t state,
                       const reprise_error* why) noexcept {
  if (why == nullptr) return services(host).health(to_view(subject), state, nullptr);
  reprise_error covered = *why;
  write_message(instance(host).covered(message_of(*why)), &covered);
  services(host).health(to_view(subject), state, &covered);
}

void HostTable::settle(const reprise_host* host, const reprise_settlement* settlements, std::size_t count) noexcept {
  const std::span all(settlements, count);
  const auto has_text = [](const reprise_settlement& one) { return one.error != nullptr; };
  if (std::none_of(all.begin(), all.end(), has_text)) return services(host).settle(all);
  std::vector<reprise_settlement> covered(all.begin(), all.end());
  std::vector<reprise_error> errors;
  errors.reserve(count);
  for (reprise_settlement& one : covered) {
    if (one.error == nullptr) continue;
    reprise_error& error = errors.emplace_back(*one.error);
    write_message(instance(host).covered(message_of(error)), &error);
    one.error = &error;
  }
  services(host).settle(covered);
}

void* HostTable::shared(const reprise_host* host, void* (*make)(void*), void (*destroy)(void*),
                        void* argument) noexcept {
  Instance& instance = *static_cast<Instance*>(host->impl);
  void* object = instance.plugin_.shared.acquire(make, destroy, argument);
  // An instance that asks again is still one user.
  if (object != nullptr && instance.has_shared_) instance.plugin_.shared.release();
  instance.has_shared_ = instance.has_shared_ || object != nullptr;
  return object;
}

reprise_status HostTable::check_address(const reprise_host* host, reprise_bytes address, uint16_t port,
                                        const reprise_text* allow_cidrs, size_t count, reprise_error* error) noexcept {
  try {
    const Instance& instance = *static_cast<Instance*>(host->impl);
    std::vector<AddressRange> allowed;
    for (size_t i = 0; i < count; ++i) {
      if (const auto range = AddressRange::parse(to_view(allow_cidrs[i]))) allowed.push_back(*range);
    }
    return tell(check_outgoing_address({address.data, address.size}, port, instance.setup_.outgoing, allowed), error);
  } catch (const std::exception& thrown) {
    write_error(fatal("host", thrown.what()), error);
    return REPRISE_FATAL;
  }
}

void HostTable::fill(reprise_host* host, Instance* instance) {
  host->struct_size = sizeof(reprise_host);
  host->abi_minor = REPRISE_ABI_MINOR;
  host->impl = instance;

  host->log_enabled = [](const reprise_host* h, int32_t level) noexcept -> int32_t {
    return services(h).log_enabled(level) ? 1 : 0;
  };
  host->log = &log;
  host->now = [](const reprise_host* h, int32_t clock) noexcept -> int64_t { return services(h).now(clock); };
  host->metric = [](const reprise_host* h, int32_t kind, reprise_text name, reprise_text help,
                    const reprise_option* labels, size_t count) noexcept -> uint64_t {
    return services(h).metric(kind, to_view(name), to_view(help), {labels, count});
  };
  host->measure = [](const reprise_host* h, uint64_t metric, double value) noexcept {
    services(h).measure(metric, value);
  };
  host->health = &health;
  host->watch = [](const reprise_host* h, int32_t fd, uint32_t events, reprise_error* error) noexcept {
    return tell(services(h).watch(fd, events), error);
  };
  host->wake_at = [](const reprise_host* h, int64_t at_ns) noexcept { services(h).wake_at(at_ns); };
  host->wake = [](const reprise_host* h) noexcept { services(h).wake(); };
  host->resume = [](const reprise_host* h, uint64_t slot_or_group) noexcept { services(h).resume(slot_or_group); };
  host->table = [](const reprise_host* h, reprise_text name) noexcept -> uint64_t {
    return services(h).table(to_view(name));
  };
  host->lookup = [](const reprise_host* h, uint64_t table, const reprise_bytes* keys, size_t count,
                    reprise_row* out) noexcept {
    services(h).lookup(table, {keys, count}, out);
  };
  host->table_put = [](const reprise_host*, uint64_t, reprise_bytes, reprise_bytes, int64_t,
                       reprise_error* error) noexcept { return not_offered("table_put", error); };
  host->shared = &shared;
  host->check_address = &check_address;

  host->settle = &settle;
  host->detach = [](const reprise_host* h, const reprise_record* record) noexcept {
    return services(h).detach(record);
  };
  host->lease_ns = [](const reprise_host* h, uint32_t slot) noexcept -> int64_t { return services(h).lease_ns(slot); };

  host->emit = [](const reprise_host*, uint64_t, uint64_t, const reprise_record*) noexcept -> uint64_t { return 0; };
  host->alloc = [](const reprise_host*, size_t) noexcept -> void* { return nullptr; };
  host->decide = [](const reprise_host*, const uint64_t*, const reprise_verdict*, size_t,
                    reprise_error* error) noexcept { return not_offered("decide", error); };
  host->state_write = [](const reprise_host* h, const reprise_state_op* changes, size_t count,
                         reprise_error* error) noexcept {
    return tell(services(h).state_write({changes, count}), error);
  };
  host->state_get = [](const reprise_host* h, uint32_t slot, reprise_bytes key,
                       reprise_bytes* value) noexcept -> int32_t { return services(h).state_get(slot, key, value); };
  host->state_scan = [](const reprise_host* h, uint32_t slot, reprise_bytes prefix, reprise_bytes after,
                        reprise_entry* out, int32_t max) noexcept -> int32_t {
    return services(h).state_scan(slot, prefix, after, {out, max > 0 ? static_cast<size_t>(max) : 0});
  };
  host->state_floor = [](const reprise_host*, uint32_t, int64_t, reprise_error* error) noexcept {
    return not_offered("state_floor", error);
  };
}

}  // namespace reprise::plugin
