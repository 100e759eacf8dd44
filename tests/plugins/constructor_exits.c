#include "sink_base.h"

#include <unistd.h>

__attribute__((constructor)) static void while_loading(void) { _exit(0); }

SINK_ENTRY(.traits = NULL);
