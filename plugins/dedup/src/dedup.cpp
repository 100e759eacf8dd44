#include "dedup.hpp"

#include <algorithm>
#include <limits>

namespace reprise::dedup {
namespace {

constexpr std::size_t kChunk =
    32;  // records hashed ahead, so that their places in the sets are on their way from memory
constexpr std::size_t kLoadPage = 32;
constexpr std::size_t kLoadBlocks = 2048;  // 16 MiB, a million marks: 50 to 100 ms of the shard's time
constexpr std::int64_t kShowMs = 1000;
constexpr std::int64_t kWakeNs = 30'000'000'000;
constexpr std::int64_t kFloorStep = 4096;

}  // namespace

Dedup::Dedup(Host host, const Options& options)
    : Transform(host),
      scope_(options.text("scope", "key") == "key" ? Scope::Key : Scope::Partition),
      does_expire_(options.text("scope", "key") != "job"),
      rejects_missing_(options.text("on_missing", "keep") == "reject"),
      retention_ms_(options.integer("retention", 432'000'000)),
      max_bytes_(options.size("max_bytes", 256u << 20)),
      rebuild_records_(options.integer("rebuild_records", 1'000'000)),
      missing_(permanent("dedup.missing",
                         "the record lacks what option by asks for: " + std::string(options.text("by", "value")))),
      hasher_(options.text("hash", "sha256") == "xxh3" ? HashKind::Xxh3 : HashKind::Sha256),
      subject_(options) {
  limits_.scope = scope_;
  if (does_expire_) {
    limits_.retention_ms = retention_ms_;
  }
  limits_.bucket_bytes = static_cast<std::size_t>(max_bytes_ / 8);
  repeats_ = host.counter("reprise_dedup_duplicates_total", "Records that were duplicates", {{"kind", "repeat"}});
  attached_ = host.counter("reprise_dedup_duplicates_total", "Records that were duplicates", {{"kind", "attached"}});
  evicted_ = host.counter("reprise_dedup_evicted_buckets_total", "Buckets of marks that max_bytes pushed out");
  window_seconds_ = host.gauge("reprise_dedup_window_seconds", "How far back duplicates are recognised");
  entries_ = host.gauge("reprise_dedup_entries", "Marks in memory");
  bytes_ = host.gauge("reprise_dedup_bytes", "Memory of the marks");
}

Result<> Dedup::open(StreamView view) {
  const std::uint32_t slot = view.slot();
  if (slot >= streams_.size()) {
    streams_.resize(slot + 1);
  }
  if (streams_[slot] == nullptr) {
    streams_[slot] = std::make_unique<Stream>(limits_);
  }
  Stream& stream = *streams_[slot];
  const std::int64_t now_ms = host().wall_ms();
  std::array<reprise_entry, kLoadPage> page;
  for (std::size_t blocks = 0; !stream.is_loaded; blocks += page.size()) {
    if (blocks >= kLoadBlocks) {
      stream.is_touched = true;
      write_touched(now_ms);
      return retriable("loading", "the marks are being loaded").retry_after_ms(1);
    }
    const auto count = state(slot).scan("", stream.loaded_to, page);
    if (!count) {
      return count.failure();
    }
    for (const reprise_entry& entry : std::span(page).first(*count)) {
      if (auto loaded = stream.window.load(to_view(entry.key), to_view(entry.value), now_ms); !loaded) {
        return loaded;
      }
    }
    stream.is_loaded = *count < page.size();
    if (*count > 0) {
      stream.loaded_to = to_view(page[*count - 1].key);
    }
  }
  stream.is_touched = true;
  write_touched(now_ms);
  show(now_ms);
  host().wake_at(host().boot_ns() + kWakeNs);
  return {};
}

void Dedup::close(std::uint32_t slot, std::int32_t) {
  if (stream_of(slot) != nullptr) {
    streams_[slot].reset();
    in_flight_.forget(slot);
    show(host().wall_ms());
  }
}

std::optional<Hash> Dedup::hash_of(Scope scope, RecordView record) {
  const auto subject = subject_.of(record);
  if (!subject) {
    return std::nullopt;
  }
  if (scope != Scope::Key) {
    return hasher_.hash(*subject);
  }
  // A null key is a scope of its own, apart from the empty key.
  return hasher_.hash(record.has_key() ? std::optional(record.key()) : std::nullopt, *subject);
}

Result<> Dedup::apply(Records records, std::span<Verdict> verdicts) {
  std::array<std::optional<Hash>, kChunk> hashes;
  for (std::size_t first = 0; first < records.size(); first += kChunk) {
    const std::size_t count = std::min(kChunk, records.size() - first);
    for (std::size_t i = 0; i < count; ++i) {
      const RecordView record = records[first + i];
      const Stream* stream = stream_of(record.slot());
      if (stream == nullptr || !stream->is_loaded) {
        return fatal("slot", "a record of a stream that is not open");
      }
      hashes[i] = hash_of(scope_, record);
      if (hashes[i]) {
        stream->window.prefetch(*hashes[i]);
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      verdicts[first + i] = judge(records[first + i], hashes[i]);
    }
  }
  return {};
}

Verdict Dedup::judge(RecordView record, const std::optional<Hash>& hash) {
  if (!hash) {
    return rejects_missing_ ? reject(missing_) : keep();
  }
  if (const auto* leader = in_flight_.find(record.slot(), *hash)) {
    attached_.add();
    return attach(leader->handle);
  }
  if (is_marked(streams_[record.slot()]->window, record, *hash)) {
    repeats_.add();
    return repeat();
  }
  return keep(
      in_flight_.add({.hash = *hash, .handle = record.handle(), .offset = record.offset(), .slot = record.slot()}));
}

// A mark means what the scope meant that made it, whatever the option says since.
bool Dedup::is_marked(const Window& window, RecordView record, const Hash& hash) {
  if (window.contains(scope_, hash)) {
    return true;
  }
  if (!window.has_other_scopes()) {
    return false;
  }
  const Scope other = scope_ == Scope::Key ? Scope::Partition : Scope::Key;
  return window.contains(other, *hash_of(other, record));
}

void Dedup::outcome(std::span<const Note> notes) {
  const std::int64_t now_ms = host().wall_ms();
  for (const Note& note : notes) {
    InFlight::Leader leader;
    if (!in_flight_.take(note.tag, &leader) || note.outcome == REPRISE_ABANDONED) {
      continue;
    }
    if (Stream* stream = stream_of(leader.slot)) {
      mark(*stream, leader.hash, leader.offset, now_ms);
    }
  }
  write_touched(now_ms);
  if (now_ms - shown_ms_ >= kShowMs || now_ms < shown_ms_) {
    show(now_ms);
  }
}

Result<> Dedup::rebuild(Records records) {
  const std::int64_t now_ms = host().wall_ms();
  for (const RecordView record : records) {
    Stream* stream = stream_of(record.slot());
    const auto hash = hash_of(scope_, record);
    if (stream != nullptr && hash && !is_marked(stream->window, record, *hash)) {
      mark(*stream, *hash, record.offset(), now_ms);
    }
  }
  write_touched(now_ms);
  return {};
}

void Dedup::wake(std::int64_t now_ns) {
  const std::int64_t now_ms = host().wall_ms();
  for (auto& stream : streams_) {
    if (stream != nullptr && stream->is_loaded) {
      stream->is_touched = true;
    }
  }
  write_touched(now_ms);
  show(now_ms);
  host().wake_at(now_ns + kWakeNs);
}

void Dedup::mark(Stream& stream, const Hash& hash, std::int64_t offset, std::int64_t now_ms) {
  stream.window.insert(hash, now_ms);
  stream.newest_offset = std::max(stream.newest_offset, offset);
  stream.is_touched = true;
}

void Dedup::write_touched(std::int64_t now_ms) {
  for (auto& stream : streams_) {
    if (stream != nullptr && stream->is_touched) {
      stream->window.expire(now_ms);
    }
  }
  keep_bound(now_ms);
  for (std::uint32_t slot = 0; slot < streams_.size(); ++slot) {
    Stream* stream = streams_[slot].get();
    if (stream != nullptr && stream->is_touched) {
      stream->window.flush(state(slot));
      stream->is_touched = false;
      publish_floor(slot, *stream);
    }
  }
}

void Dedup::keep_bound(std::int64_t now_ms) {
  for (;;) {
    std::size_t bytes = 0;
    Stream* oldest = nullptr;
    for (auto& stream : streams_) {
      if (stream == nullptr || stream->window.empty()) {
        continue;
      }
      bytes += stream->window.bytes();
      if (oldest == nullptr || stream->window.oldest_ms() < oldest->window.oldest_ms()) {
        oldest = stream.get();
      }
    }
    if (bytes <= max_bytes_ || oldest == nullptr) {
      return;
    }
    oldest->window.evict(now_ms);
    oldest->is_touched = true;
    evicted_.add();
  }
}

void Dedup::publish_floor(std::uint32_t slot, Stream& stream) {
  const std::int64_t floor = std::max<std::int64_t>(0, stream.newest_offset - rebuild_records_);
  if (stream.newest_offset >= 0 && (stream.floor < 0 || floor >= stream.floor + kFloorStep)) {
    stream.floor = floor;
    // A host that does not offer it has no use for it.
    host().raw()->state_floor(host().raw(), slot, floor, nullptr);
  }
}

void Dedup::show(std::int64_t now_ms) {
  shown_ms_ = now_ms;
  std::size_t entries = 0;
  std::size_t bytes = 0;
  std::int64_t window_ms = retention_ms_;
  bool is_short = false;
  for (const auto& stream : streams_) {
    if (stream == nullptr) {
      continue;
    }
    entries += stream->window.entries();
    bytes += stream->window.bytes();
    const std::int64_t evicted_ms = stream->window.evicted_until_ms();
    if (evicted_ms > 0 && (!does_expire_ || now_ms - evicted_ms < retention_ms_)) {
      is_short = true;
      window_ms = std::min(window_ms, std::max<std::int64_t>(0, now_ms - evicted_ms));
    }
  }
  entries_.set(static_cast<double>(entries));
  bytes_.set(static_cast<double>(bytes));
  window_seconds_.set(static_cast<double>(window_ms) / 1000);
  if (is_short != is_degraded_) {
    is_degraded_ = is_short;
    const Failure why =
        retriable("dedup.window", "max_bytes is too small for the retention: copies of records older than " +
                                      std::to_string(window_ms / 1000) + " s are delivered again");
    host().health("", is_short ? REPRISE_DEGRADED : REPRISE_UP, is_short ? &why : nullptr);
  }
}

}  // namespace reprise::dedup
