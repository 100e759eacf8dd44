#include "sink_base.h"

#include <unistd.h>

__attribute__((constructor)) static void while_loading(void) {
  for (;;) pause();
}

SINK_ENTRY(.traits = NULL);
