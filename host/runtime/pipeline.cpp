#include "host/runtime/pipeline.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <span>

#include "host/plugin/convert.hpp"
#include "host/plugin/overrun_guard.hpp"
#include "host/runtime/judge.hpp"
#include "host/runtime/plugin_stages.hpp"
#include "host/telemetry/log.hpp"

namespace reprise::runtime {
namespace {

constexpr std::chrono::milliseconds kStopGrace{500};

}  // namespace

Pipeline::Pipeline(const config::ConnectorConfig& connector, Setup setup, Services& services, Shard& shard)
    : connector_(connector.name),
      settings_(TaskSettings::from(connector, setup.task_number)),
      setup_(setup),
      services_(services),
      shard_(shard) {
  settings_.endpoint_faults = setup.endpoint_faults;
  settings_.trial = setup.trial;
}

Result<std::unique_ptr<Pipeline>> Pipeline::create(const config::ConnectorConfig& connector, Setup setup,
                                                   Services& services, Shard& shard, BootTime deadline) {
  assert(connector.transforms.size() <= kMaxTransforms);  // as the connector's schema says
  const std::vector<Placement> placements = placements_of(connector);
  std::vector<std::string> plugins;
  for (const Placement& each : placements) plugins.push_back(each.use.plugin);
  services.plugins.probe_together(plugins);

  std::unique_ptr<Pipeline> pipeline(new Pipeline(connector, setup, services, shard));
  if (auto added = pipeline->add(placements.front(), deadline); !added) return added.error();
  if (setup.parts == Parts::SourceOnly) return pipeline;
  if (auto added = pipeline->add_stages(connector, deadline); !added) return added.error();
  return pipeline;
}

Result<> Pipeline::add_stages(const config::ConnectorConfig& connector, BootTime deadline) {
  const std::vector<Placement> placements = placements_of(connector);
  for (const Placement& each : std::span(placements).subspan(1)) {
    if (setup_.parts == Parts::WithoutSink && each.identity.role != TaskHost::Role::Transform) break;
    if (auto added = add(each, deadline); !added) return added;
  }
  return {};
}

Result<> Pipeline::add(const Placement& placement, BootTime deadline) {
  const config::PluginUse& use = placement.use;
  const TaskHost::Identity& identity = placement.identity;
  auto loaded = services_.plugins.load(use.plugin);
  if (!loaded) return loaded.error();
  Part part{identity.role, std::make_unique<TaskHost>(identity, setup_.task_number, services_, shard_.loop()), nullptr};
  auto created = plugin::Instance::create(**loaded, *part.host, placement.setup(services_), use.options);
  if (!created) {
    Error error = created.error();
    if (!error.option.empty()) error.message = config::format(refusal(use, identity.instance, error));
    return error;
  }
  part.instance = *std::move(created);
  plugin::Instance& instance = *part.instance;
  parts_.push_back(std::move(part));
  {
    const CallStop::Scope waiting(setup_.stop, instance);
    if (auto wanted = waiting.check(); !wanted) return wanted;
    if (auto started = instance.start(deadline); !started) return started;
  }
  switch (identity.role) {
    case TaskHost::Role::Source:
      source_ = std::make_unique<PluginSource>(instance);
      break;
    case TaskHost::Role::Transform:
      transforms_.push_back(std::make_unique<PluginTransform>(instance));
      break;
    case TaskHost::Role::Sink:
      sink_ = std::make_unique<PluginSink>(instance);
      break;
    case TaskHost::Role::DeadLetter:
      dead_letter_ = std::make_unique<PluginSink>(instance);
      break;
  }
  return {};
}

Pipeline::~Pipeline() {
  end();
  // As in stop(), for whom it was not called or went wrong: the source goes last, after everything that looks at its records.
  while (parts_.size() > 1) parts_.pop_back();
  release_records();
}

plugin::Instance* Pipeline::find(TaskHost::Role role) {
  const auto found = std::find_if(parts_.begin(), parts_.end(), [&](const Part& each) { return each.role == role; });
  return found == parts_.end() ? nullptr : found->instance.get();
}

Result<std::vector<TopicPartition>> Pipeline::partitions(const std::string& topic, BootTime deadline) {
  plugin::Instance& instance = *find(TaskHost::Role::Source);
  const CallStop::Scope waiting(setup_.stop, instance);
  if (auto wanted = waiting.check(); !wanted) return wanted.error();
  const plugin::CallScope scope(instance.crash_name(), "partitions");
  std::vector<TopicPartition> result;
  std::array<reprise_place, 256> places{};
  for (std::size_t count = places.size(); count == places.size();) {
    reprise_error error{};
    const reprise_status status = source_api().partitions(instance.self(), text_of(topic), result.size(), places.data(),
                                                          places.size(), &count, deadline.ns, &error);
    if (status != REPRISE_OK) return instance.failure(status, error);
    for (std::size_t i = 0; i < count; ++i) result.push_back({std::string(view(places[i].topic)), places[i].partition});
  }
  return result;
}

Result<std::int64_t> Pipeline::resolve(const TopicPartition& where, std::int32_t at, std::int64_t time_ms,
                                       BootTime deadline) {
  plugin::Instance& instance = *find(TaskHost::Role::Source);
  const CallStop::Scope waiting(setup_.stop, instance);
  if (auto wanted = waiting.check(); !wanted) return wanted.error();
  const plugin::CallScope scope(instance.crash_name(), "resolve");
  reprise_place place{text_of(where.topic), where.partition, at, time_ms, -1, {}};
  reprise_error error{};
  const reprise_status status = source_api().resolve(instance.self(), &place, 1, deadline.ns, &error);
  if (status != REPRISE_OK) return instance.failure(status, error);
  return place.offset;
}

Result<> Pipeline::find_ends(const std::set<TopicPartition>& partitions, BootTime deadline, PartitionEnds* ends) {
  plugin::Instance& instance = *find(TaskHost::Role::Source);
  const CallStop::Scope waiting(setup_.stop, instance);
  if (auto wanted = waiting.check(); !wanted) return wanted;
  const plugin::CallScope scope(instance.crash_name(), "resolve");
  std::vector<reprise_place> places;
  for (const TopicPartition& where : partitions)
    places.push_back({text_of(where.topic), where.partition, REPRISE_AT_LATEST, -1, -1, {}});
  reprise_error error{};
  const reprise_status status =
      source_api().resolve(instance.self(), places.data(), places.size(), deadline.ns, &error);
  for (std::size_t i = 0; const TopicPartition& where : partitions) {
    if (const std::int64_t end = places[i++].offset; end >= 0) (*ends)[where] = end;
  }
  if (status != REPRISE_OK) return instance.failure(status, error);
  return {};
}

Result<std::optional<std::int32_t>> Pipeline::partition_for_key(const std::string& topic, std::string_view key,
                                                                BootTime deadline) {
  plugin::Instance& instance = *find(TaskHost::Role::Source);
  if (source_api().partition_for_key == nullptr) return std::optional<std::int32_t>();
  const CallStop::Scope waiting(setup_.stop, instance);
  if (auto wanted = waiting.check(); !wanted) return wanted.error();
  const plugin::CallScope scope(instance.crash_name(), "partition_for_key");
  std::int32_t partition = -1;
  reprise_error error{};
  const reprise_status status =
      source_api().partition_for_key(instance.self(), text_of(topic), bytes_of(key), &partition, deadline.ns, &error);
  if (status == REPRISE_PERMANENT) return std::optional<std::int32_t>();
  if (status != REPRISE_OK) return instance.failure(status, error);
  return std::optional<std::int32_t>(partition);
}

Result<std::string> Pipeline::log_id(BootTime deadline) {
  plugin::Instance& instance = *find(TaskHost::Role::Source);
  if (source_api().log_id == nullptr) return std::string();
  const CallStop::Scope waiting(setup_.stop, instance);
  if (auto wanted = waiting.check(); !wanted) return wanted.error();
  const plugin::CallScope scope(instance.crash_name(), "log_id");
  reprise_text id{nullptr, 0};
  reprise_error error{};
  const reprise_status status = source_api().log_id(instance.self(), &id, deadline.ns, &error);
  if (status != REPRISE_OK) return instance.failure(status, error);
  return std::string(view(id));
}

void Pipeline::begin(TaskListener& listener) {
  TaskStages stages{.source = *source_,
                    .transforms = {},
                    .sink = setup_.sink != nullptr ? *setup_.sink : *sink_,
                    .dead_letter = dead_letter_.get()};
  for (const auto& transform : transforms_) stages.transforms.push_back(transform.get());
  shard_.run([&] {
    task_ = std::make_unique<Task>(settings_, std::move(stages), services_, shard_.loop(), listener);
    for (const Part& part : parts_) part.host->attach(*task_, *part.instance);
    shard_.loop().add(task_.get());  // after the hosts: what they bring is seen in the same turn
  });
}

void Pipeline::open(StreamPlan plan) {
  shard_.run([&] { task_->open(std::move(plan)); });
}

// The task outlives what is posted before its end: closures run in order.
void Pipeline::note_ends(std::shared_ptr<const Result<PartitionEnds>> ends) {
  shard_.loop().post([task = task_.get(), ends = std::move(ends)] { task->note_ends(*ends); });
}

void Pipeline::drain(BootTime deadline) {
  shard_.run([&] { task_->drain(deadline); });
}

void Pipeline::end() {
  if (!task_ || is_ended_) return;
  shard_.run([&] {
    task_->close();  // while the instances still have their hosts
    for (const Part& part : parts_) part.host->detach();
    shard_.loop().remove(task_.get());
  });
  is_ended_ = true;
}

// What a sink was given stays lent to it until it has stopped, and a source ends when its last batch is back: so the sinks
// stop first, then the task gives the records back, then the source stops.
Result<> Pipeline::stop(BootTime deadline) {
  for (const Part& part : parts_) part.instance->request_stop();
  Result<> result;
  for (auto part = parts_.rbegin(); part != parts_.rend(); ++part) {
    if (std::next(part) == parts_.rend() && result.ok()) release_records();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - services_.clock.boot());
    const plugin::OverrunGuard guard(std::max(left, std::chrono::milliseconds(0)) + kStopGrace, [&] {
      telemetry::error("a plugin hangs in stop", {{"kind", "plugin.hangs"},
                                                  {"connector", connector_},
                                                  {"plugin", part->instance->plugin().manifest->id},
                                                  {"instance", part->instance->name()}});
    });
    if (auto stopped = part->instance->stop(deadline); !stopped && result.ok()) result = stopped;
  }
  return result;
}

void Pipeline::release_records() {
  if (task_) shard_.run([&] { task_.reset(); });
}

std::vector<StreamStatus> Pipeline::status() {
  std::vector<StreamStatus> result;
  shard_.run([&] {
    if (task_) result = task_->status();
  });
  return result;
}

TaskTrouble Pipeline::trouble() {
  TaskTrouble result;
  shard_.run([&] {
    if (task_) result = task_->trouble();
  });
  return result;
}

Result<> Pipeline::reconfigure(const config::ConnectorConfig& connector) {
  const std::vector<Placement> placements = placements_of(connector);
  assert(parts_.size() <= placements.size());  // hot options change no structure
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (!parts_[i].instance->has_reconfigure()) return permanent("reconfigure", "it must be made anew");
    Result<> done;
    shard_.run([&] { done = parts_[i].instance->reconfigure(placements[i].use.options); });
    if (!done) return done;
  }
  return {};
}

}  // namespace reprise::runtime
