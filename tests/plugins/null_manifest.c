#include "sink_base.h"

SINK_ENTRY(.manifest = NULL);
