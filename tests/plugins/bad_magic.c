#include "sink_base.h"

SINK_ENTRY(.magic = 0x464c457f);
