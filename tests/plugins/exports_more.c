#include "sink_base.h"

/* Exports more than its entry, as a library does that was linked without a version script. */
#define VISIBLE __attribute__((visibility("default")))

VISIBLE int compress_all(void);
VISIBLE int compress_all(void) { return 0; }
VISIBLE __attribute__((weak)) int log_level = 3;

SINK_ENTRY();
