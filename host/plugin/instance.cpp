#include "host/plugin/instance.hpp"

#include <utility>

#include "host/plugin/convert.hpp"
#include "host/plugin/host_table.hpp"

namespace reprise::plugin {

Instance::Instance(const Loaded& plugin, HostServices& services, Setup setup)
    : plugin_(plugin),
      services_(services),
      setup_(std::move(setup)),
      crash_name_(plugin.manifest->id + " (" + setup_.name + ")") {
  HostTable::fill(&host_, this);
  host_.instance = to_text(setup_.name);
  host_.data_dir = to_text(setup_.data_dir);
  host_.max_in_flight_bytes = setup_.max_in_flight_bytes;
  host_.max_in_flight_records = setup_.max_in_flight_records;
}

Result<std::unique_ptr<Instance>> Instance::create(const Loaded& plugin, HostServices& services, Setup setup,
                                                   std::span<const config::Option> options) {
  // Not make_unique: the constructor is private, so that there is no instance without a created plugin behind it.
  std::unique_ptr<Instance> instance(new Instance(plugin, services, std::move(setup)));
  instance->remember_secrets(options);
  const OptionArray array(options);
  reprise_error error{};
  const CallScope scope(instance->crash_name(), "create");
  const reprise_status status =
      plugin.entry->create(&instance->host_, array.data(), array.size(), &instance->self_, &error);
  if (status != REPRISE_OK) return instance->failure(status, error);  // what it left in self_ is not ours
  instance->is_created_ = true;
  if (plugin.entry->traits != nullptr) instance->traits_ = plugin.entry->traits(instance->self_);
  return instance;
}

Instance::~Instance() {
  if (is_created_) {
    if (is_started_ && !is_stopped_) static_cast<void>(stop(BootTime{services_.now(REPRISE_CLOCK_BOOT)}));
    const CallScope scope(crash_name(), "destroy");
    plugin_.entry->destroy(self_);
  }
  if (has_shared_) {
    const CallScope scope(crash_name(), "destroy of the shared object");
    plugin_.shared.release();
  }
}

Error Instance::failure(reprise_status status, const reprise_error& error, std::string_view doing) const {
  Error result = to_error(status, error);
  std::string message = setup_.name + ": ";
  if (!doing.empty()) message += std::string(doing) + ": ";
  result.message = message + covered(result.message);
  return result;
}

std::string Instance::covered(std::string_view text) const {
  const MutexLock lock(mask_mutex_);
  return mask_.cover(text);
}

void Instance::remember_secrets(std::span<const config::Option> options) {
  const MutexLock lock(mask_mutex_);
  mask_.add(options);
}

Result<> Instance::start(BootTime deadline) {
  is_started_ = true;
  if (plugin_.entry->start == nullptr) return {};
  reprise_error error{};
  const CallScope scope(crash_name(), "start");
  const reprise_status status = plugin_.entry->start(self_, deadline.ns, &error);
  if (status == REPRISE_OK) return {};
  return failure(status, error);
}

void Instance::request_stop() {
  if (plugin_.entry->request_stop == nullptr) return;
  const CallScope scope(crash_name(), "request_stop");
  plugin_.entry->request_stop(self_);
}

Result<> Instance::stop(BootTime deadline) {
  if (std::exchange(is_stopped_, true)) return stop_result_;
  if (plugin_.entry->stop == nullptr) return {};
  reprise_error error{};
  const CallScope scope(crash_name(), "stop");
  const reprise_status status = plugin_.entry->stop(self_, deadline.ns, &error);
  if (status != REPRISE_OK) stop_result_ = failure(status, error);
  return stop_result_;
}

Result<> Instance::reconfigure(std::span<const config::Option> options) {
  if (plugin_.entry->reconfigure == nullptr) {
    return permanent("reconfigure", setup_.name + ": the plugin takes new options only when it is made anew");
  }
  remember_secrets(options);
  const OptionArray array(options);
  reprise_error error{};
  const CallScope scope(crash_name(), "reconfigure");
  const reprise_status status = plugin_.entry->reconfigure(self_, array.data(), array.size(), &error);
  if (status == REPRISE_OK) return {};
  return failure(status, error);
}

Result<> Instance::ready(std::int32_t fd, std::uint32_t events) {
  if (plugin_.entry->ready == nullptr) return {};
  return call("ready", [&](reprise_error* error) { return plugin_.entry->ready(self_, fd, events, error); });
}

Result<> Instance::wake(std::int64_t now_ns) {
  if (plugin_.entry->wake == nullptr) return {};
  return call("wake", [&](reprise_error* error) { return plugin_.entry->wake(self_, now_ns, error); });
}

}  // namespace reprise::plugin
