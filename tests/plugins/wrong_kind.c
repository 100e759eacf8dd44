#include "sink_base.h"

/* plugin.yaml says sink. */
SINK_ENTRY(.kind = REPRISE_KIND_TRANSFORM);
