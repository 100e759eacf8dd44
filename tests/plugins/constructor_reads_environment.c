#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sink_base.h"

/* Finds a secret of the worker's in the environment that it is tried out in. */
__attribute__((constructor)) static void look(void) {
  if (strcmp(program_invocation_name, "reprise-probe") == 0 && getenv("REPRISE_TEST_SECRET") != NULL) abort();
}

SINK_ENTRY();
