#pragma once
#include <reprise/entry.hpp>

#include <memory>
#include <span>
#include <string_view>

namespace reprise {
inline namespace sdk {

using Place = reprise_place;
using Batch = reprise_batch;

/// Gives a batch's records to the host together with what owns their bytes; owner is deleted when the host releases the
/// batch, from any thread. records must live in owner.
template <class Owner>
void hand_over(Batch& batch, std::unique_ptr<Owner> owner, std::span<reprise_record> records) noexcept {
  batch.records = records.data();
  batch.count = records.size();
  batch.release = [](reprise_batch* released) noexcept { delete static_cast<Owner*>(released->owner); };
  batch.owner = owner.release();
}

/// Base of a source: reads the partitions that it is told to, from the offsets it is told. An author's class has
///
///   MySource(Host host, const Options& options)
///   Result<> open(StreamView)                             [task] a cursor at start(); on an open slot: moves it
///   void close(std::uint32_t slot, std::int32_t why)      [task] batches given out stay valid until released
///   Result<> poll(std::uint32_t slot, std::size_t max_records, std::size_t max_bytes, Batch& out)
///       [task] what is there now; out comes zeroed but for slot, with expired_before and end_offset -1. next_offset must be set
///   Result<std::size_t> partitions(std::string_view topic, std::size_t first, std::span<Place> out, std::int64_t deadline_ns)
///       [control] from the first-th on, how many; texts live until the next call
///   Result<> resolve(std::span<Place> places, std::int64_t deadline_ns)   [control] fills offset; -1: past the last record
///
/// and, where it needs them:
///
///   void commit(std::span<const Place>);                                   [task] a courtesy to lag tools
///   Result<std::string_view> log_id(std::int64_t deadline_ns);             [control] lent until the next call
///   Result<std::int32_t> partition_for_key(std::string_view topic, std::string_view key, std::int64_t deadline_ns);  [control]
///   traits, start, stop, request_stop, ready, wake, reconfigure: as a sink's
class Source {
 public:
  explicit Source(Host host) noexcept : host_(host) {}
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

 protected:
  ~Source() = default;
  const Host& host() const noexcept { return host_; }

 private:
  Host host_;
};

template <class T>
struct SourceThunks : CommonThunks<T> {
  using CommonThunks<T>::holder;
  static_assert(REPRISE_HAS_MEMBER(T, open), "a source needs: Result<> open(StreamView)");
  static_assert(REPRISE_HAS_MEMBER(T, close), "a source needs: void close(std::uint32_t slot, std::int32_t why)");
  static_assert(
      requires(T & t, Batch& out) {
        { t.poll(std::uint32_t(), std::size_t(), std::size_t(), out) } -> std::same_as<Result<>>;
      },
      "it is: Result<> poll(std::uint32_t slot, std::size_t max_records, std::size_t max_bytes, Batch& out)");
  static_assert(
      requires(T & t, std::string_view topic, std::span<Place> out) {
        { t.partitions(topic, std::size_t(), out, std::int64_t()) } -> std::same_as<Result<std::size_t>>;
      },
      "it is: Result<std::size_t> partitions(std::string_view topic, std::size_t first, std::span<Place> out, "
      "std::int64_t deadline_ns)");
  static_assert(
      requires(T & t, std::span<Place> places) {
        { t.resolve(places, std::int64_t()) } -> std::same_as<Result<>>;
      },
      "it is: Result<> resolve(std::span<Place>, std::int64_t deadline_ns)");

  static reprise_status poll(void* self, std::uint32_t slot, std::size_t max_records, std::size_t max_bytes,
                             reprise_batch* out, reprise_error* error) noexcept {
    *out = {};
    out->slot = slot;
    out->expired_before = -1;
    out->end_offset = -1;
    return holder(self).run(error, [&] { return holder(self).object().poll(slot, max_records, max_bytes, *out); });
  }

  static reprise_status partitions(void* self, reprise_text topic, std::size_t first, reprise_place* out,
                                   std::size_t max, std::size_t* count, std::int64_t deadline_ns,
                                   reprise_error* error) noexcept {
    *count = 0;
    return holder(self).run(error, [&] {
      auto result = holder(self).object().partitions(to_view(topic), first, std::span(out, max), deadline_ns);
      if (result.ok()) *count = *result;
      return result;
    });
  }

  static reprise_status resolve(void* self, reprise_place* places, std::size_t count, std::int64_t deadline_ns,
                                reprise_error* error) noexcept {
    return holder(self).run(error,
                            [&] { return holder(self).object().resolve(std::span(places, count), deadline_ns); });
  }

  static constexpr auto commit() noexcept -> void (*)(void*, const reprise_place*, std::size_t) {
    if constexpr (REPRISE_HAS_MEMBER(T, commit)) {
      static_assert(
          requires(T & t, std::span<const Place> places) { t.commit(places); },
          "it is: void commit(std::span<const Place>)");
      return [](void* self, const reprise_place* places, std::size_t count) noexcept {
        holder(self).run("commit", [&] { holder(self).object().commit(std::span(places, count)); });
      };
    } else {
      return nullptr;
    }
  }

  static constexpr auto log_id() noexcept -> reprise_status (*)(void*, reprise_text*, std::int64_t, reprise_error*) {
    if constexpr (REPRISE_HAS_MEMBER(T, log_id)) {
      static_assert(
          requires(T & t) {
            { t.log_id(std::int64_t()) } -> std::same_as<Result<std::string_view>>;
          },
          "it is: Result<std::string_view> log_id(std::int64_t deadline_ns)");
      return
          [](void* self, reprise_text* out, std::int64_t deadline_ns, reprise_error* error) noexcept -> reprise_status {
            return holder(self).run(error, [&] {
              auto result = holder(self).object().log_id(deadline_ns);
              if (result.ok()) *out = to_text(*result);
              return result;
            });
          };
    } else {
      return nullptr;
    }
  }

  static constexpr auto partition_for_key() noexcept
      -> reprise_status (*)(void*, reprise_text, reprise_bytes, std::int32_t*, std::int64_t, reprise_error*) {
    if constexpr (REPRISE_HAS_MEMBER(T, partition_for_key)) {
      static_assert(
          requires(T & t, std::string_view text) {
            { t.partition_for_key(text, text, std::int64_t()) } -> std::same_as<Result<std::int32_t>>;
          },
          "it is: Result<std::int32_t> partition_for_key(std::string_view topic, std::string_view key, std::int64_t "
          "deadline_ns)");
      return [](void* self, reprise_text topic, reprise_bytes key, std::int32_t* partition, std::int64_t deadline_ns,
                reprise_error* error) noexcept -> reprise_status {
        return holder(self).run(error, [&] {
          auto result = holder(self).object().partition_for_key(to_view(topic), to_view(key), deadline_ns);
          if (result.ok()) *partition = *result;
          return result;
        });
      };
    } else {
      return nullptr;
    }
  }
};

template <class T>
inline constexpr reprise_source_api kSourceApi{
    .struct_size = sizeof(reprise_source_api),
    .reserved = 0,
    .open = SourceThunks<T>::open(),
    .close = SourceThunks<T>::close(),
    .poll = &SourceThunks<T>::poll,
    .commit = SourceThunks<T>::commit(),
    .partitions = &SourceThunks<T>::partitions,
    .resolve = &SourceThunks<T>::resolve,
    .log_id = SourceThunks<T>::log_id(),
    .partition_for_key = SourceThunks<T>::partition_for_key(),
};

}  // namespace sdk
}  // namespace reprise

/// At file scope, once: makes CLASS the plugin of this shared object.
#define REPRISE_SOURCE_PLUGIN(CLASS) \
  REPRISE_EXPORT_PLUGIN(REPRISE_KIND_SOURCE, ::reprise::CommonThunks<CLASS>, ::reprise::kSourceApi<CLASS>)
