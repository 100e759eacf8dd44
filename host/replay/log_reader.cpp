#include "host/replay/log_reader.hpp"

#include "host/runtime/record.hpp"
#include "host/telemetry/log.hpp"

namespace reprise::replay {
namespace {

using namespace std::chrono_literals;
using runtime::Pipeline;

constexpr std::uint32_t kSlot = 0;
constexpr std::size_t kBatchRecords = 1024;
constexpr std::size_t kBatchBytes = 1u << 20;
constexpr auto kAgain = 2ms;        // after a poll that gave nothing
constexpr auto kAwayAgain = 100ms;  // after one that failed
constexpr auto kAway = 30s;         // without a word: the log is away
constexpr auto kStop = 10s;

struct Given : reprise_batch {
  Given() : reprise_batch{} {
    expired_before = -1;
    end_offset = -1;
  }
  Given(const Given&) = delete;
  Given& operator=(const Given&) = delete;
  ~Given() {
    if (release != nullptr) release(this);
  }
};

Error stopped() { return retriable("stopping", "not read: a stop was requested"); }

}  // namespace

Result<std::unique_ptr<LogReader>> LogReader::create(const config::ConnectorConfig& connector, std::uint32_t number,
                                                     const runtime::Services& services, Patience patience) {
  std::unique_ptr<LogReader> reader(new LogReader(connector, services, std::move(patience)));
  const Pipeline::Setup parts{
      .parts = Pipeline::Parts::SourceOnly, .task_number = number, .stop = reader->patience_.stop};
  auto pipeline =
      Pipeline::create(connector, parts, reader->scratch_.services, reader->shard_, reader->patience_.deadline());
  if (!pipeline) return pipeline.error();
  reader->pipeline_ = *std::move(pipeline);
  return reader;
}

LogReader::~LogReader() {
  if (!pipeline_) return;
  if (auto stopped = pipeline_->stop(clock_.boot() + kStop); !stopped)
    telemetry::warn("a plugin did not stop well",
                    {{"connector", name_}, {"kind", stopped.error().kind}, {"reason", stopped.error().message}});
}

Result<> LogReader::open(const Stretch& stretch) {
  reprise_stream stream{};
  stream.struct_size = sizeof stream;
  stream.slot = kSlot;
  stream.connector = runtime::text_of(name_);
  stream.topic = runtime::text_of(stretch.where.topic);
  stream.partition = stretch.where.partition;
  stream.flags = REPRISE_STREAM_REPLAY;
  stream.start = stretch.start;
  stream.end = stretch.end;
  stream.from_ms = stream.to_ms = -1;
  stream.log_id = runtime::text_of(stretch.log_id);
  const BootTime deadline = clock_.boot() + kAway;
  while (true) {
    Result<> opened;
    shard_.run([&] { opened = pipeline_->source().open(stream); });
    if (opened || opened.error().status != Status::Retriable || clock_.boot() > deadline) return opened;
    if (!patience_.wait(kAwayAgain)) return stopped();
  }
}

Result<std::int64_t> LogReader::read(const Stretch& stretch, const Visit& visit) {
  if (auto opened = open(stretch); !opened) return opened.error();
  std::int64_t next = stretch.start;
  log_end_ = -1;
  bool is_enough = next >= stretch.end;
  Result<> trouble;
  BootTime heard = clock_.boot();
  while (!is_enough) {
    bool has_more = false;
    shard_.run([&] {
      Given batch;
      trouble = pipeline_->source().poll(kSlot, kBatchRecords, kBatchBytes, &batch);
      if (!trouble) return;
      if (batch.end_offset >= 0) log_end_ = batch.end_offset;
      for (std::size_t i = 0; i < batch.count && !is_enough; ++i) {
        if (visit(batch.records[i])) {
          next = batch.records[i].offset + 1;
        } else {
          is_enough = true;
        }
      }
      if (is_enough) return;
      if (batch.next_offset > next) next = batch.next_offset;
      has_more = (batch.flags & REPRISE_BATCH_MORE) != 0;
      const bool is_idle = (batch.flags & REPRISE_BATCH_IDLE) != 0 && next >= stretch.idle_ends_from;
      is_enough = (batch.flags & REPRISE_BATCH_END) != 0 || next >= stretch.end || is_idle;
      if (batch.count > 0) heard = clock_.boot();
    });
    if (!trouble && trouble.error().status != Status::Retriable) break;
    if (!is_enough && clock_.boot() - heard > kAway) {
      const std::string at = std::to_string(next);
      if (trouble && 0 <= log_end_ && log_end_ <= next) {
        trouble = fatal("log.truncated", "the log ends at offset " + at + " now, before offset " +
                                             std::to_string(stretch.end) + ": the topic lost records");
      } else if (trouble) {
        trouble = retriable("log.away", "the log gives nothing from offset " + at + " on");
      }
      break;
    }
    if (!is_enough && !patience_.wait(has_more ? 0ns : trouble ? kAgain : kAwayAgain)) {
      trouble = stopped();
      break;
    }
  }
  shard_.run([&] { pipeline_->source().close(kSlot, REPRISE_CLOSE_STOP); });
  if (!trouble) return trouble.error();
  return next;
}

}  // namespace reprise::replay
