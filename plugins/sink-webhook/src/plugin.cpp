// The entry: the C boundary's calls, each of them turned into one of the Sender's. Nothing throws across it.
#include <reprise/plugin.h>

#include <exception>
#include <memory>
#include <new>
#include <span>

#include "sender.hpp"

namespace reprise::webhook {
namespace {

Sender& sender_of(void* self) { return *static_cast<Sender*>(self); }

/// Runs call; what it throws (no memory, no thread) becomes Fatal.
template <class Call>
reprise_status guarded(reprise_error* error, Call call) noexcept {
  const char* what = "unknown exception";
  try {
    return call();
  } catch (const std::exception& problem) {
    what = problem.what();
    fill({.status = REPRISE_FATAL, .kind = "internal", .message = what}, *error);
  } catch (...) {
    fill({.status = REPRISE_FATAL, .kind = "internal", .message = what}, *error);
  }
  return REPRISE_FATAL;
}

reprise_status create(const reprise_host* host, const reprise_option* options, std::size_t count, void** self,
                      reprise_error* error) {
  return guarded(error, [&]() -> reprise_status {
    Config config;
    OptionError problem;
    if (!read_config(std::span(options, count), config, problem)) {
      fill({.status = REPRISE_PERMANENT, .kind = "option", .message = problem.message}, *error);
      copy_text(problem.option, error->option, sizeof error->option);
      return REPRISE_PERMANENT;
    }
    if (!config.has_url && host->table(host, text_of(config.table)) == 0) {
      fill({.status = REPRISE_PERMANENT,
            .kind = "option",
            .message = "endpoint.table: no table \"" + config.table + "\" is configured"},
           *error);
      copy_text("endpoint.table", error->option, sizeof error->option);
      return REPRISE_PERMANENT;
    }
    *self = std::make_unique<Sender>(*host, std::move(config)).release();
    return REPRISE_OK;
  });
}

std::uint32_t traits(void*) { return REPRISE_TAKES_VERIFY; }

reprise_status start(void* self, std::int64_t, reprise_error* error) {
  return guarded(error, [&]() -> reprise_status { return sender_of(self).start(*error) ? REPRISE_OK : REPRISE_FATAL; });
}

reprise_status open(void* self, const reprise_stream* stream, reprise_error* error) {
  return guarded(error, [&]() -> reprise_status {
    sender_of(self).open(*stream);
    return REPRISE_OK;
  });
}

void close(void* self, std::uint32_t slot, std::int32_t) noexcept { sender_of(self).close(slot); }

reprise_status route(void* self, const reprise_record* const* records, std::size_t count, reprise_route* routes,
                     reprise_error*) noexcept {
  sender_of(self).route(records, count, routes);
  return REPRISE_OK;
}

reprise_status deliver(void* self, const reprise_record* const* records, std::size_t count, std::size_t* taken,
                       reprise_error*) noexcept {
  *taken = sender_of(self).deliver(records, count);
  return REPRISE_OK;
}

reprise_status ready(void* self, std::int32_t fd, std::uint32_t events, reprise_error*) noexcept {
  sender_of(self).ready(fd, events);
  return REPRISE_OK;
}

reprise_status wake(void* self, std::int64_t now_ns, reprise_error*) noexcept {
  sender_of(self).wake(now_ns);
  return REPRISE_OK;
}

reprise_status stop(void* self, std::int64_t deadline_ns, reprise_error* error) {
  return guarded(error, [&]() -> reprise_status {
    sender_of(self).stop(deadline_ns);
    return REPRISE_OK;
  });
}

void destroy(void* self) noexcept { const std::unique_ptr<Sender> owner(&sender_of(self)); }

// deliver, ready and wake allocate only to grow; with no memory left noexcept ends the process, which loses nothing:
// what is not settled is sent again.
constexpr reprise_sink_api kApi{
    .struct_size = sizeof(reprise_sink_api),
    .reserved = 0,
    .open = open,
    .close = close,
    .route = route,
    .deliver = deliver,
    .flush = nullptr,  // nothing is ever held back
    .positions = nullptr,
};

}  // namespace
}  // namespace reprise::webhook

extern "C" constinit const reprise_plugin reprise_plugin_entry{
    .magic = REPRISE_ABI_MAGIC,
    .struct_size = sizeof(reprise_plugin),
    .abi_major = REPRISE_ABI_MAJOR,
    .abi_minor = REPRISE_ABI_MINOR,
    .record_size = sizeof(reprise_record),
    .kind = REPRISE_KIND_SINK,
    .manifest = &reprise_manifest,
    .api = &reprise::webhook::kApi,
    .create = reprise::webhook::create,
    .traits = reprise::webhook::traits,
    .start = reprise::webhook::start,
    .ready = reprise::webhook::ready,
    .wake = reprise::webhook::wake,
    .reconfigure = nullptr,  // a changed option makes a new instance; secrets rotate in the table
    .request_stop = nullptr,
    .stop = reprise::webhook::stop,
    .destroy = reprise::webhook::destroy,
};
