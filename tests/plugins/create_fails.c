#include "sink_base.h"

#include <string.h>

static reprise_status refuse(const reprise_host* host, const reprise_option* options, size_t count, void** self,
                             reprise_error* error) {
  (void)host, (void)options, (void)count;
  *self = (void*)1; /* a host must not use this */
  strcpy(error->kind, "option");
  strcpy(error->option, "path");
  strcpy(error->message, "must not lie below /proc");
  return REPRISE_FATAL;
}

SINK_ENTRY(.create = refuse);
