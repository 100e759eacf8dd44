#include "sink_base.h"

extern int symbol_that_nobody_has(void);

static uint32_t traits(void* self) {
  (void)self;
  return (uint32_t)symbol_that_nobody_has();
}

SINK_ENTRY(.traits = traits);
