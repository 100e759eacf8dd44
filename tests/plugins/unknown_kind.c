#include "sink_base.h"

SINK_ENTRY(.kind = 77);
