#include "sink_base.h"

SINK_ENTRY(.record_size = 96);
