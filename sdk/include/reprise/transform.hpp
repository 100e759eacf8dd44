#pragma once
#include <reprise/entry.hpp>
#include <reprise/state.hpp>

#include <span>

namespace reprise {
inline namespace sdk {

using Verdict = reprise_verdict;
using Note = reprise_note;

/// It goes on as it is. tag: if not 0, outcome() tells it back.
inline Verdict keep(std::uint64_t tag = 0) noexcept {
  return {.action = REPRISE_KEEP, .code = 0, .tag = tag, .leader = 0, .error = nullptr};
}
/// Filtered. code: why, for metrics; the plugin's own few numbers.
inline Verdict drop(std::int32_t code = 0) noexcept {
  return {.action = REPRISE_DROP, .code = code, .tag = 0, .leader = 0, .error = nullptr};
}
/// A duplicate of a record that has an outcome.
inline Verdict repeat(std::int32_t code = 0) noexcept {
  return {.action = REPRISE_REPEAT, .code = code, .tag = 0, .leader = 0, .error = nullptr};
}
/// A duplicate of leader (a handle of this instance whose outcome was not told yet): final when leader is; if leader is
/// abandoned, so is this.
inline Verdict attach(std::uint64_t leader, std::uint64_t tag = 0, std::int32_t code = 0) noexcept {
  return {.action = REPRISE_ATTACH, .code = code, .tag = tag, .leader = leader, .error = nullptr};
}
/// It is in the durable state that this call wrote.
inline Verdict absorb() noexcept {
  return {.action = REPRISE_ABSORB, .code = 0, .tag = 0, .leader = 0, .error = nullptr};
}
/// A permanent failure of this record. Borrows failure until apply has returned to the host: keep it in a member or static.
inline Verdict reject(const Failure& failure) noexcept {
  return {.action = REPRISE_REJECT, .code = failure.error().code, .tag = 0, .leader = 0, .error = &failure.error()};
}
Verdict reject(Failure&& failure) = delete;

/// Base of a transform: judges each record of a batch. An author's class has
///
///   MyTransform(Host host, const Options& options)
///   Result<> apply(Records records, std::span<Verdict> verdicts)   [task] verdicts come zeroed: keep. A Failure: nothing counts
///
/// and, where it needs them:
///
///   Result<> open(StreamView); void close(std::uint32_t slot, std::int32_t why);   [task] load the slot's state in open
///   Result<> outcome(std::span<const Note>);            [task] of tagged records: one group, before its commit; fails: not committed
///   Result<> rebuild(Records);                          [task] records that have an outcome; restore state only
///   Result<> progress(std::uint32_t slot, std::int64_t next_offset, std::uint32_t flags);   [task]
///   traits, start, stop, request_stop, ready, wake, reconfigure: as a sink's. outcome and progress may also be void
class Transform {
 public:
  explicit Transform(Host host) noexcept : host_(host) {}
  Transform(const Transform&) = delete;
  Transform& operator=(const Transform&) = delete;

 protected:
  ~Transform() = default;
  const Host& host() const noexcept { return host_; }
  State state(std::uint32_t slot) const noexcept { return State(host_, slot); }

 private:
  Host host_;
};

template <class T>
struct TransformThunks : CommonThunks<T> {
  using CommonThunks<T>::holder;
  static_assert(
      requires(T & t, Records records, std::span<Verdict> out) {
        { t.apply(records, out) } -> std::same_as<Result<>>;
      },
      "it is: Result<> apply(Records, std::span<Verdict>)");

  static reprise_status apply(void* self, const reprise_record* const* records, std::size_t count,
                              reprise_verdict* verdicts, reprise_error* error) noexcept {
    return holder(self).run(
        error, [&] { return holder(self).object().apply(Records(records, count), std::span(verdicts, count)); });
  }

  static constexpr auto outcome() noexcept
      -> reprise_status (*)(void*, const reprise_note*, std::size_t, reprise_error*) {
    if constexpr (REPRISE_HAS_MEMBER(T, outcome)) {
      static_assert(
          requires(T & t, std::span<const Note> notes) {
            { t.outcome(notes) } -> Answer;
          },
          "it is: void or Result<> outcome(std::span<const Note>)");
      return [](void* self, const reprise_note* notes, std::size_t count,
                reprise_error* error) noexcept -> reprise_status {
        return holder(self).run(error, [&] { return holder(self).object().outcome(std::span(notes, count)); });
      };
    } else {
      return nullptr;
    }
  }

  static constexpr auto rebuild() noexcept
      -> reprise_status (*)(void*, const reprise_record* const*, std::size_t, reprise_error*) {
    if constexpr (REPRISE_HAS_MEMBER(T, rebuild)) {
      static_assert(
          requires(T & t, Records records) {
            { t.rebuild(records) } -> std::same_as<Result<>>;
          },
          "it is: Result<> rebuild(Records)");
      return [](void* self, const reprise_record* const* records, std::size_t count,
                reprise_error* error) noexcept -> reprise_status {
        return holder(self).run(error, [&] { return holder(self).object().rebuild(Records(records, count)); });
      };
    } else {
      return nullptr;
    }
  }

  static constexpr auto progress() noexcept
      -> reprise_status (*)(void*, std::uint32_t, std::int64_t, std::uint32_t, reprise_error*) {
    if constexpr (REPRISE_HAS_MEMBER(T, progress)) {
      static_assert(
          requires(T & t) {
            { t.progress(std::uint32_t(), std::int64_t(), std::uint32_t()) } -> Answer;
          },
          "it is: void or Result<> progress(std::uint32_t slot, std::int64_t next_offset, std::uint32_t flags)");
      return [](void* self, std::uint32_t slot, std::int64_t next_offset, std::uint32_t flags,
                reprise_error* error) noexcept -> reprise_status {
        return holder(self).run(error, [&] { return holder(self).object().progress(slot, next_offset, flags); });
      };
    } else {
      return nullptr;
    }
  }
};

template <class T>
inline constexpr reprise_transform_api kTransformApi{
    .struct_size = sizeof(reprise_transform_api),
    .reserved = 0,
    .open = TransformThunks<T>::open(),
    .close = TransformThunks<T>::close(),
    .apply = &TransformThunks<T>::apply,
    .outcome = TransformThunks<T>::outcome(),
    .rebuild = TransformThunks<T>::rebuild(),
    .progress = TransformThunks<T>::progress(),
    .on_event_time = nullptr,
};

}  // namespace sdk
}  // namespace reprise

/// At file scope, once: makes CLASS the plugin of this shared object.
#define REPRISE_TRANSFORM_PLUGIN(CLASS) \
  REPRISE_EXPORT_PLUGIN(REPRISE_KIND_TRANSFORM, ::reprise::CommonThunks<CLASS>, ::reprise::kTransformApi<CLASS>)
