/* Drops every record with an empty value, in C11. */
#include <reprise/plugin.h>

static int nothing; /* no state: self need only not be NULL */

static reprise_status create(const reprise_host* host, const reprise_option* options, size_t count, void** self,
                             reprise_error* error) {
  (void)host, (void)options, (void)count, (void)error;
  *self = &nothing;
  return REPRISE_OK;
}

static void destroy(void* self) { (void)self; }

static reprise_status apply(void* self, const reprise_record* const* records, size_t count, reprise_verdict* verdicts,
                            reprise_error* error) {
  (void)self, (void)error;
  for (size_t i = 0; i < count; ++i) verdicts[i].action = records[i]->value.size == 0 ? REPRISE_DROP : REPRISE_KEEP;
  return REPRISE_OK;
}

static const reprise_transform_api api = {.struct_size = sizeof(reprise_transform_api), .apply = apply};

const reprise_plugin reprise_plugin_entry = {.magic = REPRISE_ABI_MAGIC,
                                             .struct_size = sizeof(reprise_plugin),
                                             .abi_major = REPRISE_ABI_MAJOR,
                                             .abi_minor = REPRISE_ABI_MINOR,
                                             .record_size = sizeof(reprise_record),
                                             .kind = REPRISE_KIND_TRANSFORM,
                                             .manifest = &reprise_manifest,
                                             .api = &api,
                                             .create = create,
                                             .destroy = destroy};
