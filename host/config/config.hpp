#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/base/address_check.hpp"
#include "host/config/file.hpp"
#include "host/config/manifest.hpp"
#include "host/config/mask.hpp"
#include "host/config/options.hpp"

namespace reprise::config {

using std::chrono::milliseconds;

/// When and how often something that failed is tried again: initial, initial * multiplier, ... up to max.
struct RetryPolicy {
  milliseconds initial{1'000};
  double multiplier = 2;
  milliseconds max{300'000};
  bool full_jitter = true;                       ///< each wait is random between 0 and its length (jitter: full | none)
  int attempts = 12;                             ///< tries in all, the first included; 0: without end
  std::optional<milliseconds> max_elapsed = {};  ///< since the first try; none: without end
};

/// What becomes of records that fail (YAML: errors).
struct ErrorPolicy {
  enum class Overflow { DeadLetter, Block };

  /// tolerance: all | none. none: a record that fails for good fails its task. all needs a dead_letter, in every mode.
  bool tolerate_all = false;
  RetryPolicy retry;
  std::optional<PluginUse> dead_letter;
  double endpoint_share = 0.10;                       ///< of max_held_bytes that one endpoint may fill; 0 < share <= 1
  std::optional<std::uint64_t> endpoint_max_records;  ///< the same as a count; none: no limit by count
  /// What happens to the records of an endpoint beyond its share; not given: DeadLetter if there is a dead_letter, else Block.
  Overflow endpoint_overflow = Overflow::Block;
};

/// How long a failed task waits before it is started again (YAML: restart).
struct RestartPolicy {
  milliseconds initial{1'000};
  double multiplier = 2;
  milliseconds max{300'000};
  int attempts = 10;  ///< in a row without progress, then the task stays failed; 0: without end
};

/// One pipeline (YAML: connectors.<name>).
struct ConnectorConfig {
  enum class Mode { Live, Replay };

  std::string name;
  Mode mode = Mode::Live;
  int tasks_max = 1;
  PluginUse source;
  std::vector<PluginUse> transforms;
  PluginUse sink;
  ErrorPolicy errors;
  int max_in_flight = 128;                        ///< records handed to the sink and not settled, per task
  std::uint64_t max_in_flight_bytes = 16u << 20;  ///< of them
  std::uint64_t max_held_bytes = 64u << 20;       ///< of records that wait for a retry or for their lane, per task
  int commit_max_outcomes = 256;                  ///< commit.max_outcomes: a group closes at so many outcomes ...
  milliseconds commit_interval{20};               ///< commit.interval: ... or after this time
  int jobs_max = 4;                               ///< replay: jobs that run at once
  milliseconds stall_after{60'000};               ///< lag and no outcome for so long: stalled
  RestartPolicy restart;
  Location where;
  std::string fingerprint;       ///< changes with anything above except where; secrets enter only as a hash
  std::string cold_fingerprint;  ///< the same without hot options: equal means that the instances may be reconfigured
};

/// How a Kafka cluster is reached (YAML: kafka.<name>). Empty: not set.
struct ClusterConfig {
  std::string name;
  std::string bootstrap_servers;
  std::string security_protocol = "PLAINTEXT";  ///< PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL
  std::string sasl_mechanism;                   ///< PLAIN, SCRAM-SHA-256, SCRAM-SHA-512
  std::string sasl_username, sasl_password;
  std::string ca, certificate, key, key_password;
  std::string client_rack;
  std::map<std::string, std::string>
      client;                   ///< librdkafka's own names; checked against lib/kafka's allow-list by who connects
  std::vector<Option> options;  ///< all of the above as a plugin gets them, without a prefix: "bootstrap_servers"
  Location where;
};

/// The process (YAML: worker).
struct WorkerConfig {
  std::string id;                                        ///< default: the host's name
  std::string cluster_id = "reprise";                    ///< workers with the same one form a cluster
  std::filesystem::path state_dir = "/var/lib/reprise";  ///< absolute
  std::vector<std::filesystem::path> plugin_path;  ///< absolute, searched in this order; empty: the caller's default
  OutgoingRules outgoing;                          ///< what the files say of it: nothing of this worker's own
  int shards = 1;                                  ///< threads that own tasks
  milliseconds drain_deadline{30'000};             ///< SIGTERM: how long what is in flight may take
  std::string log_level = "info";                  ///< log.level: debug, info, warn, error
  bool log_json = false;                           ///< log.format: text | json
  Mask mask;                                       ///< for messages of those who are handed any of these
  Location where;
};

/// Where the HTTP server listens beside the control socket (YAML: rest).
struct RestConfig {
  struct Listen {
    std::string host;        ///< a loopback address; "localhost" is 127.0.0.1
    std::uint16_t port = 0;  ///< 0: any free one
  };
  std::optional<Listen> listen;  ///< none: the control socket only
  Location where;
};

/// One row of a table: compact JSON, secrets resolved: never shown.
struct TableRow {
  std::string key, json;
};

/// Where the rows of a table stand, if not in the YAML (file:, key:).
struct TableFile {
  std::filesystem::path path;      ///< absolute; JSON lines
  std::string key;                 ///< the member of each that is its key
  std::optional<FileStamp> stamp;  ///< of the file when its rows were read
};

/// A look-up table (YAML: tables.<name>).
struct TableConfig {
  std::string name;
  std::optional<TableFile> file;
  std::vector<TableRow> rows;     ///< no key twice
  std::vector<OptionSpec> rules;  ///< what plugins that use it ask of a row: Objects; empty: anything goes
  Location where;
};

/// Everything the files say. A value.
struct Config {
  WorkerConfig worker;
  RestConfig rest;
  std::map<std::string, ClusterConfig> clusters;
  std::map<std::string, TableConfig> tables;
  std::vector<ConnectorConfig> connectors;  ///< in the order of the files
  std::vector<Problem> warnings = {};       ///< what works, and should be looked at
};

/// The connector of this name, nullptr if there is none.
const ConnectorConfig* find_connector(const Config& config, std::string_view name);

}  // namespace reprise::config
