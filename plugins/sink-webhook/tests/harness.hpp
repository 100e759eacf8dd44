#pragma once
#include <reprise/plugin.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/base/clock.hpp"
#include "host/base/machine_addresses.hpp"

namespace reprise::webhook::test {

/// What the sink said about one record.
struct Settled {
  std::uint64_t handle = 0;
  reprise_status status = -1;
  int code = 0;
  std::string kind, message;
  int about = 0;
  std::int64_t retry_after_ms = -1;
};

/// A host that owns one instance of the real sink-webhook.so: an epoll loop of its own, tables in memory, and a note of
/// every settlement. It keeps the contract's promises (calls never nest, records live until settled) and checks the sink's:
/// a record settled twice or never taken fails the test at `violations`.
class Harness {
 public:
  using Options = std::vector<std::pair<std::string, std::string>>;

  Harness();
  ~Harness();
  Harness(const Harness&) = delete;
  Harness& operator=(const Harness&) = delete;

  /// create and start; the status of the first that fails. error() says why.
  reprise_status start(const Options& options);
  const reprise_error& error() const { return error_; }
  void open(std::uint32_t slot = 0, const std::string& job = {}, std::uint64_t epoch = 0);
  void close(std::uint32_t slot = 0);
  void stop(std::chrono::milliseconds deadline);

  void set_row(const std::string& key, const std::string& json);
  void erase_row(const std::string& key) { rows_.erase(key); }
  void set_lease(std::int64_t at_ns) { lease_ns_ = at_ns; }
  /// The host's clocks go ahead by this much at once; timers that are due fire in the loop's next turn.
  void pass(std::chrono::nanoseconds time) { ahead_ns_ += time.count(); }

  /// Queues a record for the sink; returns its handle. The bytes are kept until it is settled.
  std::uint64_t offer(const std::string& key, const std::string& value,
                      const std::function<void(reprise_record&)>& change = {});
  /// Runs the loop until done, or false at the deadline.
  bool run_until(const std::function<bool()>& done, std::chrono::milliseconds deadline = std::chrono::seconds(10));
  /// Runs until this record is settled; status -1 when it is not within the deadline.
  Settled wait_for(std::uint64_t handle, std::chrono::milliseconds deadline = std::chrono::seconds(10));
  /// Offers one record and waits for it.
  Settled send(const std::string& key, const std::string& value);
  reprise_route route(const std::string& key);

  const std::vector<Settled>& settled() const { return settled_; }
  std::size_t waiting() const { return offered_.size(); }
  double metric(const std::string& name_and_label) const;
  static std::int64_t now_ns();

  std::vector<std::string> violations;
  std::vector<std::pair<std::string, int>> health;  ///< subject, state
  int detached = 0;
  int watch_calls = 0;
  int wake_at_calls = 0;

 private:
  struct Held {
    std::string key, value;
    reprise_record record{};
    bool is_taken = false;
    bool is_settled = false;
  };

  void offer_all();
  void loop_once(std::int64_t wait_ms);
  std::int64_t boot_ns() const { return now_ns() + ahead_ns_; }
  static Harness& of(const reprise_host* host) { return *static_cast<Harness*>(host->impl); }
  void fill_host();

  SystemClock clock_;
  MachineAddresses machine_{clock_};
  reprise_host host_{};
  void* library_ = nullptr;
  const reprise_plugin* plugin_ = nullptr;
  void* self_ = nullptr;
  reprise_error error_{};
  int epoll_ = -1;
  int wake_fd_ = -1;
  std::int64_t wake_at_ns_ = INT64_MAX;
  std::int64_t lease_ns_ = INT64_MAX;
  std::int64_t ahead_ns_ = 0;
  bool may_take_ = true;
  std::map<std::string, std::pair<std::string, std::uint64_t>> rows_;
  std::uint64_t next_version_ = 1;
  std::map<std::uint64_t, Held> held_;
  std::deque<std::uint64_t> offered_;
  std::vector<Settled> settled_;
  std::vector<std::string> metric_names_;
  std::map<std::string, double> metrics_;
  std::map<int, std::uint32_t> watched_;
};

}  // namespace reprise::webhook::test
