#include "sink_base.h"

static const reprise_text other = {"id: another\n", 12};

SINK_ENTRY(.manifest = &other);
