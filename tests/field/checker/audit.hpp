#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "../common/digest.hpp"

namespace field {

/// A record as the topic (or the truth file) holds it.
struct TopicRecord {
  std::string webhook;
  Digest digest{};
  std::int64_t timestamp_ms = 0;
  int partition = 0;
  std::int64_t offset = 0;
  std::string event_id;
};

/// One line of the receiver's ledger.
struct Delivery {
  std::string webhook;
  Digest digest{};
  std::string event_id;
  std::string kind;
  std::string job;
  std::int64_t epoch = 0;
  std::string signature;
  int status = 0;
  std::int64_t wall_ms = 0;  ///< when the receiver wrote it down
};

/// What is audited: live delivery, or one replay job.
struct Scope {
  bool is_replay = false;
  std::string job;      ///< replay only; "" takes every job
  std::string webhook;  ///< "" for all
  std::int64_t from_ms = std::numeric_limits<std::int64_t>::min();
  std::int64_t to_ms = std::numeric_limits<std::int64_t>::max();     ///< exclusive
  std::int64_t ended_ms = std::numeric_limits<std::int64_t>::max();  ///< when the worker said that all was delivered
  bool deduplicated = true;  ///< false: each copy in the topic is expected on its own
};

struct Verdict {
  std::int64_t records = 0;  ///< in the topic
  std::int64_t records_in_scope = 0;
  std::int64_t events = 0;        ///< distinct (webhook, content) in scope
  std::int64_t answered_2xx = 0;  ///< deliveries of this kind or job
  std::int64_t answered_other = 0;
  std::int64_t dead_letters = 0;  ///< records in the dead letter topic
  std::int64_t repeated_dead_letters =
      0;                         ///< beyond the first of an event (its copies in the topic, when not deduplicated)
  std::int64_t dead_events = 0;  ///< events in scope that are dead-lettered and were never answered 2xx
  std::int64_t dead_and_delivered = 0;
  std::int64_t missing = 0;
  std::int64_t phantom = 0;
  std::int64_t duplicates = 0;
  std::int64_t late = 0;  ///< 2xx answers after the worker said that all was delivered
  std::int64_t bad_signatures = 0;
  std::int64_t absent_signatures = 0;
  std::int64_t inversions = 0;  ///< first deliveries of a webhook behind one with a higher offset of the same partition
  std::int64_t stale_epochs = 0;      ///< deliveries of a job with a lower epoch after a higher one
  std::vector<std::string> examples;  ///< at most ten lines that name missing and phantom events
};

/// The definitions of what is lost, phantom and duplicate, over the topic, the ledger and the dead letters. Pure: no I/O.
///
/// An event is a distinct (webhook, SHA-256 of the body). In scope are the events of which the topic holds a record of the asked
/// webhook with from <= time < to. *Missing*: an event in scope that was never answered 2xx under the asked kind or job; a
/// dead-lettered one is not missing in the live audit, and is in the audit of a replay. *Phantom*: a request of the asked kind or
/// job whose (webhook, content) the topic does not hold (a replay: not in scope), every request of neither kind, and in the live
/// audit every dead letter of unknown content.
/// *Duplicates*: 2xx answers of one event beyond the first (beyond the number of its copies when not deduplicated).
class Audit {
 public:
  explicit Audit(Scope scope) : scope_(std::move(scope)) {}

  void add(const TopicRecord& record);
  void add(const Delivery& delivery);
  void add_dead_letter(const std::string& webhook, const Digest& digest);
  [[nodiscard]] Verdict verdict() const;

 private:
  struct Event {
    std::int64_t copies_in_topic = 0;
    std::int64_t copies_in_scope = 0;
    std::int64_t answered = 0;
    std::int64_t requests = 0;
    std::int64_t dead_letters = 0;
    std::int64_t first_offset = 0;
    std::int64_t first_offset_in_scope = 0;  ///< of the copy that is to be delivered
    int partition = 0;
    std::string webhook;
    std::string event_id;
  };
  Event& event(const std::string& webhook, const Digest& digest);
  [[nodiscard]] bool concerns(const Delivery& delivery) const;

  Scope scope_;
  std::unordered_map<std::string, Event> events_;
  /// Deliveries of the asked kind, as they came, for order and epochs.
  struct Answer {
    const Event* event = nullptr;
    std::int64_t epoch = 0;
    std::string job;
    bool is_first_2xx = false;
  };
  std::vector<Answer> answers_;
  Verdict totals_;
};

}  // namespace field
