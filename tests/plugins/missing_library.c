#include "sink_base.h"

extern int absent_library_function(void);

static uint32_t traits(void* self) {
  (void)self;
  return (uint32_t)absent_library_function();
}

SINK_ENTRY(.traits = traits);
