#include "sink_base.h"

SINK_ENTRY(.traits = NULL);
