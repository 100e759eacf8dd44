#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "lib/kafka/error.hpp"
#include "lib/kafka/handles.hpp"

namespace reprise::kafka {

/// How to reach a cluster: one entry below `kafka:`. Empty texts are not set. Certificates and keys are paths of PEM
/// files, or the PEM text itself.
struct ClusterOptions {
  std::string bootstrap_servers;
  std::string security_protocol;  ///< plaintext (default), ssl, sasl_plaintext, sasl_ssl, in either case
  std::string sasl_mechanism;     ///< PLAIN, SCRAM-SHA-256, SCRAM-SHA-512
  std::string sasl_username;
  std::string sasl_password;  ///< secret
  std::string ca;
  std::string certificate;
  std::string key;
  std::string key_password;  ///< secret
  std::string client_rack;
};

/// Finds an option by its flattened name.
using Lookup = std::function<std::optional<std::string_view>(std::string_view name)>;

/// Reads `<option>.bootstrap_servers` and so on, as a plugin gets an option of type cluster.
ClusterOptions read_cluster(const Lookup& find, std::string_view option = "cluster");

/// Why a property may not stand below `client:`, of a cluster or of a connector; empty if it may. Only names that classify() calls
/// Allowed may, with a value that librdkafka takes.
std::string refuse_override(const std::string& property, const std::string& value);

/// What a client tells its owner. Every call comes from a thread of librdkafka or from whoever serves its queue:
/// implementations are thread-safe, return at once and do not call the client.
class ClientEvents {
 public:
  /// severity as in syslog: 3 and below are errors, 4 a warning. From any thread.
  virtual void on_log(int severity, std::string_view text) = 0;
  /// Trouble with brokers, TLS or authentication; the client goes on by itself. From rd_kafka_poll.
  virtual void on_error(rd_kafka_resp_err_t code, std::string_view text) = 0;
  /// A produced message is acknowledged (message.err 0) or given up. From rd_kafka_poll.
  virtual void on_delivery(const rd_kafka_message_t&) {}
  /// An asynchronous commit ended. From rd_kafka_poll.
  virtual void on_commit(rd_kafka_resp_err_t) {}

 protected:
  ~ClientEvents() = default;
};

/// A client's configuration while it is put together. Move only. Not thread-safe.
class ClientConf {
 public:
  /// The cluster's part, and what all our clients have in common: keep-alive and no Nagle on sockets, no topics created
  /// by accident, quick reconnects. The error's option is "cluster.<name>".
  static Result<ClientConf> make(const ClusterOptions& cluster, std::string_view client_id);

  /// Sets one property, global or topic. An unknown name or a bad value is fatal.
  Result<> set(std::string_view property, std::string_view value);

  /// Further properties, of a cluster (option "cluster.client") or of a connector ("client"), as far as refuse_override has nothing
  /// against them. The error's option is "<option>.<property>".
  Result<> override_with(const std::map<std::string, std::string>& client, std::string_view option = "client");

  /// Creates the client; events must outlive it. Uses the configuration up. Opens sockets, so not in a plugin's create.
  Result<Client> make_consumer(ClientEvents& events) { return make(RD_KAFKA_CONSUMER, events); }
  Result<Client> make_producer(ClientEvents& events) { return make(RD_KAFKA_PRODUCER, events); }

  /// An independent copy, to make the same client again.
  ClientConf copy() const;

  /// The value of a property, or empty; for tests and messages.
  std::string get(std::string_view property) const;

 private:
  explicit ClientConf(Conf conf) : conf_(std::move(conf)) {}
  Result<Client> make(rd_kafka_type_t type, ClientEvents& events);

  Conf conf_;
};

}  // namespace reprise::kafka
