#include "host/runtime/endpoint_watch.hpp"

#include <algorithm>
#include <utility>

#include "host/runtime/record.hpp"
#include "host/telemetry/log.hpp"
#include "host/telemetry/metric_names.hpp"

namespace reprise::runtime {
namespace {

using namespace std::chrono_literals;
constexpr auto kSaidAtMostEvery = 30s;    // of one endpoint
constexpr std::size_t kSaidAtOnce = 100;  // endpoints within that time; the rest share a line
constexpr std::size_t kMostOfKey = 64;
constexpr std::string_view kSeveral = "*";

telemetry::Labels labels(const std::string& connector, std::uint32_t task) {
  return {{"connector", connector}, {"task", std::to_string(task)}};
}

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

/// The sink tells its endpoints by numbers: the key of a record that goes there is what people know it by.
void name(Trouble& trouble, std::string_view key) {
  key = key.empty() ? kSeveral : key.substr(0, kMostOfKey);
  if (trouble.name.empty()) trouble.name = key;
  if (trouble.name != key) trouble.name = kSeveral;
}

EndpointReport report_of(const Endpoint& endpoint, BootTime oldest, BootTime now) {
  EndpointReport report;
  report.state = endpoint.is_in_trouble ? EndpointReport::State::Trouble
                 : endpoint.is_held_up  ? EndpointReport::State::Slow
                                        : EndpointReport::State::Waiting;
  report.held_records = endpoint.held_records;
  report.held_bytes = endpoint.held_bytes;
  report.oldest_waiting_seconds = seconds(now - oldest);
  if (endpoint.trouble == nullptr) return report;
  const Trouble& trouble = *endpoint.trouble;
  report.name = trouble.name;
  report.kind = trouble.kind;
  report.message = trouble.message;
  report.code = trouble.code;
  report.failures_in_a_row = trouble.failures;
  report.seconds = seconds(now - endpoint.trouble_since);
  report.dead_letters = trouble.dead_letters;
  return report;
}

}  // namespace

EndpointWatch::EndpointWatch(std::string connector, std::uint32_t task, Services& services)
    : connector_(std::move(connector)),
      task_(task),
      services_(services),
      in_trouble_gauge_(services.metrics.gauge(telemetry::kEndpointsInTrouble, labels(connector_, task))),
      blocking_gauge_(services.metrics.gauge(telemetry::kEndpointsBlocking, labels(connector_, task))),
      said_(services.clock, kSaidAtMostEvery, kSaidAtOnce) {}

void EndpointWatch::failed(Endpoint& endpoint, std::string_view key, const reprise_error& error) {
  const bool is_first = endpoint.trouble == nullptr;
  if (is_first) {
    endpoint.trouble = std::make_unique<Trouble>();
    ++in_trouble_;
  }
  Trouble& trouble = *endpoint.trouble;
  name(trouble, key);
  trouble.kind = error.kind;
  trouble.message = error.message;
  trouble.code = error.code;
  ++trouble.failures;
  if (!is_first) return;
  if (const auto suppressed = said_.pass("failed/" + std::to_string(endpoint.group))) {
    trouble.is_said = true;
    telemetry::warn("an endpoint fails; its records wait and are tried again", {{"connector", connector_},
                                                                                {"task", task_},
                                                                                {"endpoint", trouble.name},
                                                                                {"kind", trouble.kind},
                                                                                {"reason", trouble.message},
                                                                                {"suppressed", *suppressed}});
  }
}

void EndpointWatch::succeeded(Endpoint& endpoint, BootTime now) {
  if (endpoint.trouble == nullptr) return;
  const std::unique_ptr<Trouble> trouble = std::move(endpoint.trouble);
  --in_trouble_;
  if (!trouble->is_said) return;
  telemetry::info("an endpoint is well again",
                  {{"connector", connector_},
                   {"task", task_},
                   {"endpoint", trouble->name},
                   {"seconds", static_cast<std::int64_t>(seconds(now - endpoint.trouble_since))},
                   {"failures", trouble->failures},
                   {"dead_letters", trouble->dead_letters}});
}

void EndpointWatch::dead_lettered(Endpoint& endpoint, std::string_view key) {
  if (endpoint.trouble == nullptr) return;
  Trouble& trouble = *endpoint.trouble;
  name(trouble, key);
  if (++trouble.dead_letters != 1) return;
  if (const auto suppressed = said_.pass("dead/" + std::to_string(endpoint.group))) {
    telemetry::warn("records of an endpoint in trouble go to the dead letters",
                    {{"connector", connector_},
                     {"task", task_},
                     {"endpoint", trouble.name},
                     {"kind", trouble.kind},
                     {"reason", trouble.message},
                     {"held_records", endpoint.held_records},
                     {"held_bytes", endpoint.held_bytes},
                     {"suppressed", *suppressed}});
  }
}

void EndpointWatch::show(const Lanes& lanes, BootTime now) {
  TaskEndpoints shown;
  shown.connector = connector_;
  shown.task = task_;
  shown.known = lanes.endpoint_count();
  shown.in_trouble = in_trouble_;
  lanes.visit_worst(EndpointBoard::kMostShown, [&](const Endpoint& endpoint, const Flight* oldest) {
    shown.worst.push_back(report_of(endpoint, oldest == nullptr ? now : oldest->admitted, now));
    if (shown.worst.back().name.empty() && oldest != nullptr)
      shown.worst.back().name = view(oldest->record->key).substr(0, kMostOfKey);
  });
  in_trouble_gauge_.set(static_cast<double>(in_trouble_));
  blocking_gauge_.set(static_cast<double>(lanes.blocking_count()));
  show_health(shown.known, shown);
  if (services_.endpoints != nullptr) services_.endpoints->show(this, std::move(shown));
}

void EndpointWatch::show_health(std::uint64_t known, const TaskEndpoints& shown) {
  const bool is_degraded =
      in_trouble_ != 0 && static_cast<double>(in_trouble_) >= kDegradedShare * static_cast<double>(known);
  if (is_degraded) {
    std::string reason = std::to_string(in_trouble_) + " of " + std::to_string(known) + " endpoints are in trouble";
    const auto worst = std::find_if(shown.worst.begin(), shown.worst.end(), [](const EndpointReport& report) {
      return report.state == EndpointReport::State::Trouble;
    });
    if (worst != shown.worst.end()) reason += ", such as " + worst->name + ": " + worst->kind + ", " + worst->message;
    services_.health.set(subject(), telemetry::HealthState::Degraded, reason);
  } else if (is_degraded_) {
    services_.health.clear(subject());
  }
  is_degraded_ = is_degraded;
}

void EndpointWatch::close() {
  in_trouble_ = 0;
  in_trouble_gauge_.set(0);
  blocking_gauge_.set(0);
  if (std::exchange(is_degraded_, false)) services_.health.clear(subject());
  if (services_.endpoints != nullptr) services_.endpoints->forget(this);
}

}  // namespace reprise::runtime
