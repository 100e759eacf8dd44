#include "sink_base.h"

SINK_ENTRY(.api = NULL);
