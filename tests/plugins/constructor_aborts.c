#include "sink_base.h"

__attribute__((constructor)) static void while_loading(void) { abort(); }

SINK_ENTRY(.traits = NULL);
