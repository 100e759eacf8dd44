#include "sink_base.h"

SINK_ENTRY(.abi_major = 999);
