#include "host/runtime/plugin_stages.hpp"

namespace reprise::runtime {

Result<> PluginSource::open(const reprise_stream& stream) {
  return instance_.call("open", [&](reprise_error* error) { return api_.open(instance_.self(), &stream, error); });
}

void PluginSource::close(std::uint32_t slot, std::int32_t why) {
  const plugin::CallScope scope(instance_.crash_name(), "close");
  api_.close(instance_.self(), slot, why);
}

Result<> PluginSource::poll(std::uint32_t slot, std::size_t max_records, std::size_t max_bytes, reprise_batch* out) {
  return instance_.call("poll", [&](reprise_error* error) {
    return api_.poll(instance_.self(), slot, max_records, max_bytes, out, error);
  });
}

void PluginSource::commit(std::span<const reprise_place> places) {
  if (api_.commit == nullptr) return;
  const plugin::CallScope scope(instance_.crash_name(), "commit");
  api_.commit(instance_.self(), places.data(), places.size());
}

Result<> PluginTransform::open(const reprise_stream& stream) {
  if (api_.open == nullptr) return {};
  return instance_.call("open", [&](reprise_error* error) { return api_.open(instance_.self(), &stream, error); });
}

void PluginTransform::close(std::uint32_t slot, std::int32_t why) {
  if (api_.close == nullptr) return;
  const plugin::CallScope scope(instance_.crash_name(), "close");
  api_.close(instance_.self(), slot, why);
}

Result<> PluginTransform::apply(Records records, std::span<reprise_verdict> verdicts) {
  return instance_.call("apply", [&](reprise_error* error) {
    return api_.apply(instance_.self(), records.data(), records.size(), verdicts.data(), error);
  });
}

Result<> PluginTransform::outcome(std::span<const reprise_note> notes) {
  if (api_.outcome == nullptr) return {};
  return instance_.call("outcome", [&](reprise_error* error) {
    return api_.outcome(instance_.self(), notes.data(), notes.size(), error);
  });
}

Result<> PluginTransform::rebuild(Records records) {
  if (api_.rebuild == nullptr) return {};
  return instance_.call("rebuild", [&](reprise_error* error) {
    return api_.rebuild(instance_.self(), records.data(), records.size(), error);
  });
}

Result<> PluginSink::open(const reprise_stream& stream) {
  if (api_.open == nullptr) return {};
  return instance_.call("open", [&](reprise_error* error) { return api_.open(instance_.self(), &stream, error); });
}

void PluginSink::close(std::uint32_t slot, std::int32_t why) {
  if (api_.close == nullptr) return;
  const plugin::CallScope scope(instance_.crash_name(), "close");
  api_.close(instance_.self(), slot, why);
}

Result<> PluginSink::route(Records records, std::span<reprise_route> routes) {
  if (api_.route == nullptr) return {};
  return instance_.call("route", [&](reprise_error* error) {
    return api_.route(instance_.self(), records.data(), records.size(), routes.data(), error);
  });
}

Result<> PluginSink::deliver(Records records, std::size_t* taken) {
  auto delivered = instance_.call("deliver", [&](reprise_error* error) {
    return api_.deliver(instance_.self(), records.data(), records.size(), taken, error);
  });
  if (!delivered) *taken = 0;
  if (*taken <= records.size()) return delivered;
  const std::string text = " of " + std::to_string(records.size()) + " records";
  Error error =
      fatal("sink.taken", instance_.name() + ": deliver: it says that it took " + std::to_string(*taken) + text);
  *taken = records.size();
  return error;
}

Result<> PluginSink::flush(std::int32_t why, BootTime deadline) {
  if (api_.flush == nullptr) return {};
  return instance_.call("flush",
                        [&](reprise_error* error) { return api_.flush(instance_.self(), why, deadline.ns, error); });
}

}  // namespace reprise::runtime
