#include "host/config/schema.hpp"

#include <algorithm>
#include <stdexcept>

#include "host/config/spec.hpp"
#include "host/config/yaml.hpp"

namespace reprise::config {
namespace {

constexpr std::string_view kWorker = R"yaml(
id:             {type: string, doc: "name of this worker, stable over restarts; default: the host's name"}
cluster_id:     {type: string, default: reprise, doc: "workers with the same one form a cluster"}
state_dir:      {type: string, default: /var/lib/reprise, doc: "directory of this worker's state and control socket"}
plugin_path:    {type: list, of: string, doc: "directories with plugins, searched in this order"}
outgoing:
  type: object
  doc: "where plugins may connect to"
  options:
    allow_cidrs:    {type: list, of: string, doc: "address ranges that are reachable although they are not public"}
    deny_cidrs:     {type: list, of: string, doc: "address ranges that are never reachable, whatever allow_cidrs opens, here or in a plugin"}
    ports:          {type: list, of: string, doc: "the ports that are reachable, such as 443 or 8000-8999; not set: all"}
    nat64_prefixes: {type: list, of: string, doc: "IPv6 prefixes that your network translates to IPv4 (RFC 6052): an address in one is judged as the IPv4 address it carries"}
shards:         {type: int, default: 1, min: 1, max: 256, doc: "threads that own tasks"}
drain_deadline: {type: duration, default: 30s, min: 1s, max: 1h, doc: "how long SIGTERM waits for what is in flight"}
log:
  type: object
  doc: "what is written to stderr"
  options:
    level:  {type: enum, values: [debug, info, warn, error], default: info, doc: "the least that is written"}
    format: {type: enum, values: [text, json], default: text, doc: "one line per event in either form"}
)yaml";

constexpr std::string_view kRest = R"yaml(
listen: {type: string, doc: "address:port on loopback; not set: the control socket only"}
)yaml";

constexpr std::string_view kCoordination = R"yaml(
kind:    {type: enum, values: [local, kafka], default: local, doc: "local: one worker. kafka: several (not in this version)"}
cluster: {type: string, doc: "a name under kafka:"}
topic:   {type: string, doc: "the compacted topic"}
)yaml";

constexpr std::string_view kCluster = R"yaml(
bootstrap_servers: {type: string, required: true, public: true, doc: "host:port, separated by commas"}
security_protocol: {type: enum, values: [PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL], default: PLAINTEXT, doc: "as the listener asks for"}
sasl_mechanism:    {type: enum, values: [PLAIN, SCRAM-SHA-256, SCRAM-SHA-512], doc: "with SASL_*"}
sasl_username:     {type: string, doc: "with SASL_*"}
sasl_password:     {type: string, secret: true, doc: "with SASL_*"}
ca:                {type: pem, doc: "file of trusted CA certificates (PEM), or their text; default: the system's"}
certificate:       {type: pem, doc: "file of the client's certificate (PEM), or its text, for mTLS"}
key:               {type: pem, doc: "file of its private key (PEM), or the key's text: ${file:key.pem}"}
key_password:      {type: string, secret: true, doc: "of the private key"}
client_rack:       {type: string, public: true, doc: "where this client is: reads go to a replica there"}
client:            {type: map, of: string, doc: "harmless options of librdkafka, by its own names"}
)yaml";

constexpr std::string_view kConnector = R"yaml(
mode:       {type: enum, values: [live, replay], default: live, doc: "live: runs for ever. replay: one job per request"}
tasks_max:  {type: int, default: 1, min: 1, max: 1024, doc: "slices that run side by side"}
isolation:  {type: enum, values: [none, process], default: none, doc: "process: in a child of its own (not in this version)"}
source:     {type: plugin, required: true, doc: "where records come from"}
transforms: {type: list, of: plugin, max: 4, doc: "what happens to them, in this order"}
sink:       {type: plugin, required: true, doc: "where they go"}
errors:
  type: object
  doc: "what becomes of records that fail"
  options:
    tolerance: {type: enum, values: [none, all], default: none, doc: "none: such a record fails its task. all: it is dead-lettered"}
    retry:
      type: object
      doc: "how a record that may succeed later is tried again"
      options:
        initial:     {type: duration, default: 1s, min: 1ms, max: 1h, doc: "the first wait"}
        multiplier:  {type: float, default: 2, min: 1, max: 100, doc: "each wait is so much longer"}
        max:         {type: duration, default: 300s, min: 1ms, max: 1d, doc: "the longest wait"}
        jitter:      {type: enum, values: [full, none], default: full, doc: "full: each wait is random up to its length"}
        attempts:    {type: int, default: 12, min: 0, max: 1000000, doc: "tries in all; 0: without end"}
        max_elapsed: {type: duration, min: 1ms, max: 365d, doc: "since the first attempt, over restarts; also ends what an endpoint asks to wait for (Retry-After) or is closed for. Not set: without end"}
    dead_letter: {type: plugin, doc: "the sink of records that failed for good"}
    endpoint:
      type: object
      doc: "how much one endpoint that is down may hold"
      options:
        share:       {type: float, default: 0.1, min: 0.001, max: 1, doc: "of max_held_bytes"}
        max_records: {type: int, min: 1, max: 1000000000, doc: "the same as a number of records; not set: no limit by number"}
        overflow:    {type: enum, values: [dead_letter, block], doc: "what happens beyond; default: dead_letter if there is one. A replay, and a sink with one endpoint, always block: nobody else would gain"}
max_in_flight:       {type: int, default: 128, min: 1, max: 65536, doc: "records handed to the sink and not settled, per task"}
max_in_flight_bytes: {type: size, default: 16MiB, min: 64KiB, max: 4GiB, doc: "bytes of them; with max_held_bytes together the most that a task reads ahead"}
max_held_bytes:      {type: size, default: 64MiB, min: 64KiB, max: 64GiB, doc: "bytes of records that wait for a retry, per task"}
commit:
  type: object
  doc: "when a group of outcomes becomes durable; what a crash repeats is at most one group and what is in flight"
  options:
    max_outcomes: {type: int, default: 256, min: 1, max: 65536, doc: "at so many outcomes"}
    interval:     {type: duration, default: 20ms, min: 1ms, max: 10s, doc: "or after this time"}
jobs_max:    {type: int, default: 4, min: 1, max: 256, doc: "replay: jobs that run at once"}
stall_after: {type: duration, default: 60s, min: 1s, max: 1d, doc: "lag and no outcome for so long counts as stalled"}
restart:
  type: object
  doc: "how a task that failed is started again"
  options:
    initial:    {type: duration, default: 1s, min: 10ms, max: 1h, doc: "the first wait"}
    multiplier: {type: float, default: 2, min: 1, max: 100, doc: "each wait is so much longer"}
    max:        {type: duration, default: 5m, min: 10ms, max: 1d, doc: "the longest wait"}
    attempts:   {type: int, default: 10, min: 0, max: 1000000, doc: "in a row without progress; 0: without end"}
)yaml";

constexpr std::string_view kTable = R"yaml(
file: {type: string, required: true, public: true, doc: "JSON lines: an object a line, watched while the worker runs"}
key:  {type: string, required: true, public: true, doc: "the member of each that is the row's key: a text or a whole number; it is no part of the row"}
)yaml";

OptionSpec compile(std::string_view yaml, std::string_view name) {
  Problems problems;
  OptionSpec schema = read_schema(parse_yaml(yaml, name), "", SchemaOwner::Host, problems);
  problems.throw_if_any();
  return schema;
}

template <class T>
void read_number(const Option* option, T& out) {
  if (option == nullptr) return;
  std::from_chars(option->value.data(), option->value.data() + option->value.size(), out);
}

}  // namespace

const OptionSpec& worker_schema() {
  static const OptionSpec schema = compile(kWorker, "worker");
  return schema;
}
const OptionSpec& rest_schema() {
  static const OptionSpec schema = compile(kRest, "rest");
  return schema;
}
const OptionSpec& coordination_schema() {
  static const OptionSpec schema = compile(kCoordination, "coordination");
  return schema;
}
const OptionSpec& cluster_schema() {
  static const OptionSpec schema = compile(kCluster, "kafka");
  return schema;
}
const OptionSpec& connector_schema() {
  static const OptionSpec schema = compile(kConnector, "connectors");
  return schema;
}

const OptionSpec& table_schema() {
  static const OptionSpec schema = compile(kTable, "tables");
  return schema;
}

const Option* Fields::find(std::string_view name) const {
  const auto it = std::find_if(options_.begin(), options_.end(), [&](const Option& o) { return o.name == name; });
  return it == options_.end() ? nullptr : &*it;
}
void Fields::read(std::string_view name, std::string& out) const {
  if (const Option* option = find(name)) out = option->value;
}
void Fields::read(std::string_view name, bool& out) const {
  if (const Option* option = find(name)) out = option->value == "true";
}
void Fields::read(std::string_view name, double& out) const { read_number(find(name), out); }
void Fields::read(std::string_view name, int& out) const { read_number(find(name), out); }
void Fields::read(std::string_view name, std::uint64_t& out) const { read_number(find(name), out); }
void Fields::read(std::string_view name, std::chrono::milliseconds& out) const {
  std::int64_t ms = out.count();
  read_number(find(name), ms);
  out = std::chrono::milliseconds(ms);
}

std::vector<const Option*> Fields::list(std::string_view name) const {
  std::vector<const Option*> elements;
  for (std::size_t i = 0;; ++i) {
    const Option* element = find(std::string(name) + "." + std::to_string(i));
    if (element == nullptr) return elements;
    elements.push_back(element);
  }
}

}  // namespace reprise::config
