#include "sink_base.h"

static const reprise_sink_api small = {.struct_size = 16, .deliver = sink_deliver};

SINK_ENTRY(.api = &small);
