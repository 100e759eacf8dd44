#pragma once
#include <reprise/entry.hpp>

#include <span>

namespace reprise {
inline namespace sdk {

/// Base of a sink: takes batches and settles every record once, from any thread, in any order. An author's class has
///
///   MySink(Host host, const Options& options)      opens nothing; throws options.bad(...) for an option that is wrong
///   Result<std::size_t> deliver(Records records)   [task] how many it took, from the front; must not block
///
/// and, where it needs them (a function that is left out is not offered to the host):
///
///   Result<> open(StreamView); void close(std::uint32_t slot, std::int32_t why);     [task] records come between
///   Result<> route(Records, std::span<reprise_route>);                               [task] order and endpoint, before deliver
///   Result<> flush(std::int32_t why, std::int64_t deadline_ns);                      [task] send what is held; REPRISE_FLUSH_*
///   std::uint32_t traits() const noexcept;                                           REPRISE_NEEDS_HEADERS, REPRISE_TAKES_*
///   Result<> start(std::int64_t deadline_ns); Result<> stop(std::int64_t deadline_ns); void request_stop();
///   Result<> ready(std::int32_t fd, std::uint32_t events); Result<> wake(std::int64_t now_ns); Result<> reconfigure(const Options&);
///
/// route, flush, ready and wake may also be void. What a function throws is its failure.
/// No call is virtual: the macro below makes the C table for the class itself.
class Sink {
 public:
  explicit Sink(Host host) noexcept : host_(host) {}
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

 protected:
  ~Sink() = default;
  const Host& host() const noexcept { return host_; }

 private:
  Host host_;
};

template <class T>
struct SinkThunks : CommonThunks<T> {
  using CommonThunks<T>::holder;
  static_assert(
      requires(T & t, Records records) {
        { t.deliver(records) } -> std::same_as<Result<std::size_t>>;
      },
      "it is: Result<std::size_t> deliver(Records)");

  static reprise_status deliver(void* self, const reprise_record* const* records, std::size_t count, std::size_t* taken,
                                reprise_error* error) noexcept {
    *taken = 0;
    return holder(self).run(error, [&] {
      auto result = holder(self).object().deliver(Records(records, count));
      if (result.ok()) *taken = *result;
      return result;
    });
  }

  static constexpr auto route() noexcept
      -> reprise_status (*)(void*, const reprise_record* const*, std::size_t, reprise_route*, reprise_error*) {
    if constexpr (REPRISE_HAS_MEMBER(T, route)) {
      static_assert(
          requires(T & t, Records records, std::span<reprise_route> out) {
            { t.route(records, out) } -> Answer;
          },
          "it is: void or Result<> route(Records, std::span<reprise_route>)");
      return [](void* self, const reprise_record* const* records, std::size_t count, reprise_route* out,
                reprise_error* error) noexcept -> reprise_status {
        return holder(self).run(
            error, [&] { return holder(self).object().route(Records(records, count), std::span(out, count)); });
      };
    } else {
      return nullptr;
    }
  }

  static constexpr auto flush() noexcept -> reprise_status (*)(void*, std::int32_t, std::int64_t, reprise_error*) {
    if constexpr (REPRISE_HAS_MEMBER(T, flush)) {
      static_assert(
          requires(T & t) {
            { t.flush(std::int32_t(), std::int64_t()) } -> Answer;
          },
          "it is: void or Result<> flush(std::int32_t why, std::int64_t deadline_ns)");
      return
          [](void* self, std::int32_t why, std::int64_t deadline_ns, reprise_error* error) noexcept -> reprise_status {
            return holder(self).run(error, [&] { return holder(self).object().flush(why, deadline_ns); });
          };
    } else {
      return nullptr;
    }
  }
};

template <class T>
inline constexpr reprise_sink_api kSinkApi{
    .struct_size = sizeof(reprise_sink_api),
    .reserved = 0,
    .open = SinkThunks<T>::open(),
    .close = SinkThunks<T>::close(),
    .route = SinkThunks<T>::route(),
    .deliver = &SinkThunks<T>::deliver,
    .flush = SinkThunks<T>::flush(),
    .positions = nullptr,
};

}  // namespace sdk
}  // namespace reprise

/// At file scope, once: makes CLASS the plugin of this shared object.
#define REPRISE_SINK_PLUGIN(CLASS) \
  REPRISE_EXPORT_PLUGIN(REPRISE_KIND_SINK, ::reprise::CommonThunks<CLASS>, ::reprise::kSinkApi<CLASS>)
