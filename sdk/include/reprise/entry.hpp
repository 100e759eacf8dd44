#pragma once
#include <reprise/failure.hpp>
#include <reprise/host.hpp>
#include <reprise/options.hpp>

#include <atomic>
#include <concepts>
#include <exception>
#include <memory>
#include <string_view>
#include <type_traits>

// What all kinds of plugins share: the barrier that no exception passes, and the entries from create to destroy.
// A plugin's author includes sink.hpp, source.hpp or transform.hpp instead.

namespace reprise {
inline namespace sdk {

/// What a call with a status may return: an author whose function cannot fail, or throws what fails, leaves it void.
template <class R>
concept Answer = std::same_as<R, void> || std::same_as<R, Result<>>;

/// True if T has a member of this name at all: then it must also have the right form, or a slip in a signature would
/// silently be a function that the host never calls.
#define REPRISE_HAS_MEMBER(T, name) \
  requires { &T::name; }

/// An author's object with what the thunks need beside it. Created in create, deleted in destroy.
template <class T>
class Holder {
 public:
  Holder(Host host, const Options& options) : host_(host), object_(host, options) {}

  T& object() noexcept { return object_; }

  /// Runs a call that has a status. Nothing is thrown: a Failure is what it says, anything else is fatal with its text.
  template <class Call>
  reprise_status run(reprise_error* error, Call&& call) noexcept {
    if (is_broken_.load(std::memory_order_acquire)) return why_.write_to(error);
    return barrier(error, std::forward<Call>(call));
  }

  /// Runs a call that has no status. What it throws is logged, and every later call that has a status fails with it.
  template <class Call>
  void run(const char* name, Call&& call) noexcept {
    reprise_error error{};
    const reprise_status status = barrier(&error, std::forward<Call>(call));
    if (status == REPRISE_OK) return;
    bool is_first = !is_claimed_.exchange(true, std::memory_order_acq_rel);
    if (is_first) {
      why_ = Failure(REPRISE_FATAL, error.kind, error.message).code(error.code);
      is_broken_.store(true, std::memory_order_release);
    }
    host_.log(Level::Error, error.message, {{"call", name}, {"kind", std::string_view(error.kind)}});
  }

  template <class Call>
  static reprise_status barrier(reprise_error* error, Call&& call) noexcept {
    try {
      if constexpr (std::is_void_v<decltype(call())>) {
        call();
        return REPRISE_OK;
      } else {
        const auto result = call();
        return result.ok() ? REPRISE_OK : result.failure().write_to(error);
      }
    } catch (const Failure& failure) {
      return failure.write_to(error);
    } catch (const std::exception& thrown) {
      return fatal("exception", thrown.what()).write_to(error);
    } catch (...) {
      return fatal("exception", "something that is not a std::exception was thrown").write_to(error);
    }
  }

 private:
  Host host_;
  std::atomic<bool> is_claimed_{false};
  std::atomic<bool> is_broken_{false};  // why_ is constant once this is true
  Failure why_{REPRISE_FATAL, "exception", ""};
  T object_;
};

/// The entries that do not depend on the kind. Those that an author may leave out are NULL then.
template <class T>
struct CommonThunks {
  static Holder<T>& holder(void* self) noexcept { return *static_cast<Holder<T>*>(self); }

  static reprise_status create(const reprise_host* host, const reprise_option* options, std::size_t count, void** self,
                               reprise_error* error) noexcept {
    static_assert(std::is_constructible_v<T, Host, const Options&>,
                  "a plugin's class needs a constructor (reprise::Host, const reprise::Options&)");
    if (host->abi_minor != REPRISE_ABI_MINOR || host->struct_size < sizeof(reprise_host)) {
      return fatal("abi", "the host speaks another version of the plugin interface").write_to(error);
    }
    return Holder<T>::barrier(error, [&]() -> Result<> {
      *self = std::make_unique<Holder<T>>(Host(host), Options(options, count)).release();
      return {};
    });
  }

  static void destroy(void* self) noexcept { delete static_cast<Holder<T>*>(self); }

  static constexpr auto traits() noexcept -> std::uint32_t (*)(void*) {
    if constexpr (REPRISE_HAS_MEMBER(T, traits)) {
      static_assert(
          requires(T & t) {
            { t.traits() }
            noexcept->std::same_as<std::uint32_t>;
          },
          "it is: std::uint32_t traits() const noexcept");
      return [](void* self) noexcept -> std::uint32_t { return holder(self).object().traits(); };
    } else {
      return nullptr;
    }
  }

  static constexpr auto start() noexcept -> reprise_status (*)(void*, std::int64_t, reprise_error*) {
    if constexpr (REPRISE_HAS_MEMBER(T, start)) {
      static_assert(
          requires(T & t, std::int64_t ns) {
            { t.start(ns) } -> std::same_as<Result<>>;
          },
          "it is: Result<> start(std::int64_t deadline_ns)");
      return [](void* self, std::int64_t deadline_ns, reprise_error* error) noexcept -> reprise_status {
        return holder(self).run(error, [&] { return holder(self).object().start(deadline_ns); });
      };
    } else {
      return nullptr;
    }
  }

  static constexpr auto ready() noexcept -> reprise_status (*)(void*, std::int32_t, std::uint32_t, reprise_error*) {
    if constexpr (REPRISE_HAS_MEMBER(T, ready)) {
      static_assert(
          requires(T & t) {
            { t.ready(std::int32_t(), std::uint32_t()) } -> Answer;
          },
          "it is: void or Result<> ready(std::int32_t fd, std::uint32_t events)");
      return [](void* self, std::int32_t fd, std::uint32_t events, reprise_error* error) noexcept -> reprise_status {
        return holder(self).run(error, [&] { return holder(self).object().ready(fd, events); });
      };
    } else {
      return nullptr;
    }
  }

  static constexpr auto wake() noexcept -> reprise_status (*)(void*, std::int64_t, reprise_error*) {
    if constexpr (REPRISE_HAS_MEMBER(T, wake)) {
      static_assert(
          requires(T & t) {
            { t.wake(std::int64_t()) } -> Answer;
          },
          "it is: void or Result<> wake(std::int64_t now_ns)");
      return [](void* self, std::int64_t now_ns, reprise_error* error) noexcept -> reprise_status {
        return holder(self).run(error, [&] { return holder(self).object().wake(now_ns); });
      };
    } else {
      return nullptr;
    }
  }

  static constexpr auto reconfigure() noexcept
      -> reprise_status (*)(void*, const reprise_option*, std::size_t, reprise_error*) {
    if constexpr (REPRISE_HAS_MEMBER(T, reconfigure)) {
      static_assert(
          requires(T & t, const Options& options) {
            { t.reconfigure(options) } -> std::same_as<Result<>>;
          },
          "it is: Result<> reconfigure(const Options&)");
      return [](void* self, const reprise_option* options, std::size_t count,
                reprise_error* error) noexcept -> reprise_status {
        return holder(self).run(error, [&] { return holder(self).object().reconfigure(Options(options, count)); });
      };
    } else {
      return nullptr;
    }
  }

  static constexpr auto request_stop() noexcept -> void (*)(void*) {
    if constexpr (REPRISE_HAS_MEMBER(T, request_stop)) {
      static_assert(
          requires(T & t) { t.request_stop(); }, "it is: void request_stop()");
      return
          [](void* self) noexcept { holder(self).run("request_stop", [&] { holder(self).object().request_stop(); }); };
    } else {
      return nullptr;
    }
  }

  static constexpr auto stop() noexcept -> reprise_status (*)(void*, std::int64_t, reprise_error*) {
    if constexpr (REPRISE_HAS_MEMBER(T, stop)) {
      static_assert(
          requires(T & t, std::int64_t ns) {
            { t.stop(ns) } -> std::same_as<Result<>>;
          },
          "it is: Result<> stop(std::int64_t deadline_ns)");
      // Also of an instance that is broken: its threads must end.
      return [](void* self, std::int64_t deadline_ns, reprise_error* error) noexcept -> reprise_status {
        return Holder<T>::barrier(error, [&] { return holder(self).object().stop(deadline_ns); });
      };
    } else {
      return nullptr;
    }
  }

  static constexpr auto open() noexcept -> reprise_open_fn {
    if constexpr (REPRISE_HAS_MEMBER(T, open)) {
      static_assert(
          requires(T & t, StreamView stream) {
            { t.open(stream) } -> std::same_as<Result<>>;
          },
          "it is: Result<> open(StreamView)");
      return [](void* self, const reprise_stream* stream, reprise_error* error) noexcept -> reprise_status {
        return holder(self).run(error, [&] { return holder(self).object().open(StreamView(stream)); });
      };
    } else {
      return nullptr;
    }
  }

  static constexpr auto close() noexcept -> reprise_close_fn {
    if constexpr (REPRISE_HAS_MEMBER(T, close)) {
      static_assert(
          requires(T & t) { t.close(std::uint32_t(), std::int32_t()); },
          "it is: void close(std::uint32_t slot, std::int32_t why)");
      return [](void* self, std::uint32_t slot, std::int32_t why) noexcept {
        holder(self).run("close", [&] { holder(self).object().close(slot, why); });
      };
    } else {
      return nullptr;
    }
  }

  static constexpr reprise_plugin entry(std::int32_t kind, const void* api, const reprise_text* manifest) noexcept {
    return {.magic = REPRISE_ABI_MAGIC,
            .struct_size = sizeof(reprise_plugin),
            .abi_major = REPRISE_ABI_MAJOR,
            .abi_minor = REPRISE_ABI_MINOR,
            .record_size = sizeof(reprise_record),
            .kind = kind,
            .manifest = manifest,
            .api = api,
            .create = &create,
            .traits = traits(),
            .start = start(),
            .ready = ready(),
            .wake = wake(),
            .reconfigure = reconfigure(),
            .request_stop = request_stop(),
            .stop = stop(),
            .destroy = &destroy};
  }
};

}  // namespace sdk
}  // namespace reprise

/// The one symbol that a plugin exports, without any code at load time.
#define REPRISE_EXPORT_PLUGIN(KIND, THUNKS, API) \
  extern "C" constinit const reprise_plugin reprise_plugin_entry = THUNKS::entry(KIND, &(API), &reprise_manifest)
