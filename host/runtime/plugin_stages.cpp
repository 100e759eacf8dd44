#include "host/runtime/plugin_stages.hpp"

#include "host/plugin/convert.hpp"

namespace reprise::runtime {
namespace {

/// Runs one call of a plugin that has a status, under the crash guard, and brings its failure over the boundary. The storage
/// for the error is cleared only when it was used: 512 bytes are much for a call that is made per batch.
template <class Call>
Result<> call(const plugin::Instance& instance, const char* name, Call&& make_call) {
  static thread_local reprise_error error{};
  const plugin::CallScope scope(instance.crash_name(), name);
  const reprise_status status = make_call(&error);
  if (status == REPRISE_OK) return {};
  Error result = instance.failure(status, error, name);
  error = {};
  return result;
}

}  // namespace

Result<> PluginSource::open(const reprise_stream& stream) {
  return call(instance_, "open", [&](reprise_error* error) { return api_.open(instance_.self(), &stream, error); });
}

void PluginSource::close(std::uint32_t slot, std::int32_t why) {
  const plugin::CallScope scope(instance_.crash_name(), "close");
  api_.close(instance_.self(), slot, why);
}

Result<> PluginSource::poll(std::uint32_t slot, std::size_t max_records, std::size_t max_bytes, reprise_batch* out) {
  return call(instance_, "poll", [&](reprise_error* error) {
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
  return call(instance_, "open", [&](reprise_error* error) { return api_.open(instance_.self(), &stream, error); });
}

void PluginTransform::close(std::uint32_t slot, std::int32_t why) {
  if (api_.close == nullptr) return;
  const plugin::CallScope scope(instance_.crash_name(), "close");
  api_.close(instance_.self(), slot, why);
}

Result<> PluginTransform::apply(Records records, std::span<reprise_verdict> verdicts) {
  return call(instance_, "apply", [&](reprise_error* error) {
    return api_.apply(instance_.self(), records.data(), records.size(), verdicts.data(), error);
  });
}

void PluginTransform::outcome(std::span<const reprise_note> notes) {
  if (api_.outcome == nullptr) return;
  const plugin::CallScope scope(instance_.crash_name(), "outcome");
  api_.outcome(instance_.self(), notes.data(), notes.size());
}

Result<> PluginTransform::rebuild(Records records) {
  if (api_.rebuild == nullptr) return {};
  return call(instance_, "rebuild", [&](reprise_error* error) {
    return api_.rebuild(instance_.self(), records.data(), records.size(), error);
  });
}

Result<> PluginSink::open(const reprise_stream& stream) {
  if (api_.open == nullptr) return {};
  return call(instance_, "open", [&](reprise_error* error) { return api_.open(instance_.self(), &stream, error); });
}

void PluginSink::close(std::uint32_t slot, std::int32_t why) {
  if (api_.close == nullptr) return;
  const plugin::CallScope scope(instance_.crash_name(), "close");
  api_.close(instance_.self(), slot, why);
}

void PluginSink::route(Records records, std::span<reprise_route> routes) {
  if (api_.route == nullptr) return;
  const plugin::CallScope scope(instance_.crash_name(), "route");
  api_.route(instance_.self(), records.data(), records.size(), routes.data());
}

Result<> PluginSink::deliver(Records records, std::size_t* taken) {
  auto delivered = call(instance_, "deliver", [&](reprise_error* error) {
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

void PluginSink::flush(BootTime deadline) {
  if (api_.flush == nullptr) return;
  const plugin::CallScope scope(instance_.crash_name(), "flush");
  api_.flush(instance_.self(), deadline.ns);
}

}  // namespace reprise::runtime
