#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "host/runtime/checkpoint.hpp"
#include "host/runtime/flight.hpp"
#include "host/runtime/outcome.hpp"

namespace reprise::runtime {

/// The account of one stream: which offsets were passed, which records are open, what became of the rest. Its watermark is
/// the smallest offset without a final outcome; its checkpoint is what a restart needs.
///
/// Open flights hang in a list by offset (records are admitted in ascending order), so that settling one is a few pointer
/// writes and the runs of a checkpoint are one walk. Lives with its stream on the shard's thread; not thread-safe. It
/// writes nothing itself.
class Ledger {
 public:
  /// What a record that was read is to this ledger.
  enum class Reading : std::uint8_t {
    New,    ///< never accounted for
    Again,  ///< open when the last life ended: to be taken up again
    Final,  ///< has its outcome: skip it
  };

  Ledger(FlightTable& flights, Checkpoint from);

  /// A record at offset came; everything between the last one and it holds no record: expired below expired_before
  /// (-1: nothing expired), gaps above. attempts: those spent in an earlier life, since_s: as in OpenRun.
  /// REQUIRES: offset >= next_offset().
  Reading read(std::int64_t offset, std::int64_t expired_before, std::uint32_t* attempts,
               std::int64_t* since_s = nullptr);
  /// The cursor moved to next without a further record.
  void pass(std::int64_t next, std::int64_t expired_before);
  /// The record just read (New or Again) is not wanted.
  void not_selected(Reading reading);
  /// The record just read (New or Again) is in flight now.
  void open(FlightId id, Reading reading);
  /// Its outcome is final. The flight is taken out of the list, and not given back.
  void settle(FlightId id, Outcome outcome);
  void count_retry() { ++counters_.retries; }
  /// Keeps a print of this record, in place of the last one. REQUIRES: it is below the watermark.
  void remember(const reprise_record& record);

  /// Where reading goes on.
  std::int64_t next_offset() const { return next_; }
  std::int64_t watermark() const;
  std::int64_t position() const { return position_; }
  std::uint64_t open_count() const { return open_count_ + resumed_open_; }
  FlightId oldest() const { return oldest_; }
  const Counters& counters() const { return counters_; }
  const std::string& log_id() const { return log_id_; }
  const std::optional<LogPrint>& print() const { return print_; }

  Checkpoint checkpoint() const;

  /// The three identities of the account, checked at every group. Empty when they hold, else what differs.
  /// passed = read + gaps + expired; read = not selected + consumed; consumed = outcomes + in flight.
  std::string mismatch() const;

 private:
  void skip_to(std::int64_t offset, std::int64_t expired_before);
  void lose_resumed_below(std::int64_t offset, std::int64_t expired_before);

  FlightTable& flights_;
  std::string log_id_;
  std::int64_t start_;
  std::int64_t position_;  // next offset to account for
  std::int64_t next_;      // next offset to be read; below position_ while the open ones of the last life are re-read
  Counters counters_;
  std::optional<LogPrint> print_;
  std::uint64_t consumed_ = 0;    // selected records, counted on their own for the identity
  std::vector<OpenRun> resumed_;  // open in the last life and not read again yet, from resumed_at_ on
  std::size_t resumed_at_ = 0;
  std::uint64_t resumed_open_ = 0;
  FlightId oldest_ = 0;
  FlightId newest_ = 0;
  std::uint64_t open_count_ = 0;
};

}  // namespace reprise::runtime
