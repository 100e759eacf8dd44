#include "sink_base.h"

SINK_ENTRY(.abi_minor = REPRISE_ABI_MINOR + 1);
