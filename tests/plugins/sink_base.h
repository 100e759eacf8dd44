/* A sink in C11 that settles everything as delivered. A faulty plugin says only what is different:
 * SINK_ENTRY(.abi_major = 999); */
#ifndef TESTS_PLUGINS_SINK_BASE_H
#define TESTS_PLUGINS_SINK_BASE_H

#include <reprise/plugin.h>

#include <stdlib.h>

typedef struct sink {
  const reprise_host* host;
} sink;

static inline reprise_status sink_create(const reprise_host* host, const reprise_option* options, size_t count,
                                         void** self, reprise_error* error) {
  (void)options, (void)count, (void)error;
  sink* made = (sink*)malloc(sizeof(sink));
  if (made == NULL) return REPRISE_FATAL;
  made->host = host;
  *self = made;
  return REPRISE_OK;
}

static inline void sink_destroy(void* self) { free(self); }

static inline reprise_status sink_deliver(void* self, const reprise_record* const* records, size_t count, size_t* taken,
                                          reprise_error* error) {
  (void)error;
  const reprise_host* host = ((sink*)self)->host;
  for (size_t i = 0; i < count; ++i) {
    const reprise_settlement delivered = {.handle = records[i]->handle, .status = REPRISE_OK, .code = 0, .error = NULL};
    host->settle(host, &delivered, 1);
  }
  *taken = count;
  return REPRISE_OK;
}

static const reprise_sink_api sink_api = {.struct_size = sizeof(reprise_sink_api), .deliver = sink_deliver};

/* What is given comes after what is right, and the last word counts: that is the point here, and not a slip. */
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wunknown-warning-option"
#pragma GCC diagnostic ignored "-Woverride-init"
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#define SINK_ENTRY(...)                                                               \
  const reprise_plugin reprise_plugin_entry = {.magic = REPRISE_ABI_MAGIC,            \
                                               .struct_size = sizeof(reprise_plugin), \
                                               .abi_major = REPRISE_ABI_MAJOR,        \
                                               .abi_minor = REPRISE_ABI_MINOR,        \
                                               .record_size = sizeof(reprise_record), \
                                               .kind = REPRISE_KIND_SINK,             \
                                               .manifest = &reprise_manifest,         \
                                               .api = &sink_api,                      \
                                               .create = sink_create,                 \
                                               .destroy = sink_destroy,               \
                                               __VA_ARGS__}

#endif
