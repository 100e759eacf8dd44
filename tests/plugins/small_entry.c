#include "sink_base.h"

/* As an older SDK would say it. */
SINK_ENTRY(.struct_size = 8);
