/* One partition of topic "good" that holds the records 0, 1 and 2, each with the value "good", in C11. */
#include <reprise/plugin.h>

#include <stdlib.h>

enum { RECORDS = 3 };

typedef struct source {
  int64_t next;
} source;

static const reprise_text topic = {"good", 4};

static reprise_status create(const reprise_host* host, const reprise_option* options, size_t count, void** self,
                             reprise_error* error) {
  (void)host, (void)options, (void)count, (void)error;
  *self = calloc(1, sizeof(source));
  return *self != NULL ? REPRISE_OK : REPRISE_FATAL;
}

static void destroy(void* self) { free(self); }

static reprise_status open_stream(void* self, const reprise_stream* stream, reprise_error* error) {
  (void)error;
  ((source*)self)->next = stream->start > 0 ? stream->start : 0;
  return REPRISE_OK;
}

static void close_stream(void* self, uint32_t slot, int32_t why) { (void)self, (void)slot, (void)why; }

static void release(reprise_batch* batch) { free(batch->owner); }

static reprise_status poll(void* self, uint32_t slot, size_t max_records, size_t max_bytes, reprise_batch* out,
                           reprise_error* error) {
  (void)max_bytes, (void)error;
  source* me = (source*)self;
  const int64_t left = me->next < RECORDS ? RECORDS - me->next : 0;
  const size_t count = (size_t)left < max_records ? (size_t)left : max_records;
  reprise_record* records = NULL;
  if (count > 0) {
    records = (reprise_record*)calloc(count, sizeof(reprise_record));
    if (records == NULL) return REPRISE_RETRIABLE;
  }
  for (size_t i = 0; i < count; ++i) {
    records[i].topic = topic;
    records[i].offset = me->next + (int64_t)i;
    records[i].timestamp_ms = -1;
    records[i].value.data = (const uint8_t*)topic.data;
    records[i].value.size = topic.size;
  }
  me->next += (int64_t)count;
  *out = (reprise_batch){.records = records,
                         .count = count,
                         .next_offset = me->next,
                         .expired_before = -1,
                         .end_offset = RECORDS,
                         .slot = slot,
                         .release = release,
                         .owner = records,
                         .flags = me->next >= RECORDS ? REPRISE_BATCH_IDLE : REPRISE_BATCH_MORE};
  return REPRISE_OK;
}

static reprise_status partitions(void* self, reprise_text wanted, size_t first, reprise_place* out, size_t max,
                                 size_t* count, int64_t deadline_ns, reprise_error* error) {
  (void)self, (void)wanted, (void)deadline_ns, (void)error;
  *count = first == 0 && max > 0 ? 1 : 0;
  if (*count > 0) out[0] = (reprise_place){.topic = topic, .partition = 0, .time_ms = -1, .offset = -1};
  return REPRISE_OK;
}

static reprise_status resolve(void* self, reprise_place* places, size_t count, int64_t deadline_ns,
                              reprise_error* error) {
  (void)self, (void)deadline_ns, (void)error;
  for (size_t i = 0; i < count; ++i) places[i].offset = places[i].at == REPRISE_AT_LATEST ? RECORDS : 0;
  return REPRISE_OK;
}

static const reprise_source_api api = {.struct_size = sizeof(reprise_source_api),
                                       .open = open_stream,
                                       .close = close_stream,
                                       .poll = poll,
                                       .partitions = partitions,
                                       .resolve = resolve};

const reprise_plugin reprise_plugin_entry = {.magic = REPRISE_ABI_MAGIC,
                                             .struct_size = sizeof(reprise_plugin),
                                             .abi_major = REPRISE_ABI_MAJOR,
                                             .abi_minor = REPRISE_ABI_MINOR,
                                             .record_size = sizeof(reprise_record),
                                             .kind = REPRISE_KIND_SOURCE,
                                             .manifest = &reprise_manifest,
                                             .api = &api,
                                             .create = create,
                                             .destroy = destroy};
