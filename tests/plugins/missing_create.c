#include "sink_base.h"

SINK_ENTRY(.create = NULL);
