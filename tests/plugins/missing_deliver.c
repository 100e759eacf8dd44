#include "sink_base.h"

static const reprise_sink_api empty = {.struct_size = sizeof(reprise_sink_api)};

SINK_ENTRY(.api = &empty);
