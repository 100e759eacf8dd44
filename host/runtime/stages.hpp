#pragma once
#include <reprise/plugin.h>

#include <cstdint>
#include <span>

#include "host/base/clock.hpp"
#include "host/base/result.hpp"

namespace reprise::runtime {

/// Records by pointer: the form in which they go through the stages, without being moved.
using Records = std::span<const reprise_record* const>;

/// What a source is to a scan. All calls on the shard's thread; slots are streams. Plugins stand behind these three
/// interfaces (plugin_stages.hpp), and what the host brings itself (the dry run's counting sink).
class Source {
 public:
  virtual ~Source() = default;
  /// A cursor from stream.start. Retriable: not yet, call again.
  virtual Result<> open(const reprise_stream& stream) = 0;
  virtual void close(std::uint32_t slot, std::int32_t why) = 0;
  /// What is there now; count 0: nothing yet, the host is told when there is.
  virtual Result<> poll(std::uint32_t slot, std::size_t max_records, std::size_t max_bytes, reprise_batch* out) = 0;
  /// Everything below these places is final: a courtesy to lag tools.
  virtual void commit(std::span<const reprise_place> places) = 0;
};

class Transform {
 public:
  virtual ~Transform() = default;
  virtual Result<> open(const reprise_stream& stream) = 0;
  virtual void close(std::uint32_t slot, std::int32_t why) = 0;
  /// One verdict for each record, zeroed before. Not OK: none of them counts.
  virtual Result<> apply(Records records, std::span<reprise_verdict> verdicts) = 0;
  /// The final outcomes of one group, before its commit. Not OK: it must not be committed.
  virtual Result<> outcome(std::span<const reprise_note> notes) = 0;
  /// Records below the watermark whose marks are lost: restore them, deliver nothing.
  virtual Result<> rebuild(Records records) = 0;
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual Result<> open(const reprise_stream& stream) = 0;
  virtual void close(std::uint32_t slot, std::int32_t why) = 0;
  /// Endpoint and lane of each record; routes are zeroed before.
  virtual Result<> route(Records records, std::span<reprise_route> routes) = 0;
  /// Takes the first *taken of them; each is settled once, through the host, from any thread.
  virtual Result<> deliver(Records records, std::size_t* taken) = 0;
  /// Send what is held for a fuller batch. why: REPRISE_FLUSH_*.
  virtual Result<> flush(std::int32_t why, BootTime deadline) = 0;
};

}  // namespace reprise::runtime
