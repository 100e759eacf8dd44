#include "sink_base.h"

#include <stdio.h>

/* Says what the host lets it have unsettled: in the log, in a gauge, and as a refusal when it has an option. */
static reprise_status tell(const reprise_host* host, const reprise_option* options, size_t count, void** self,
                           reprise_error* error) {
  char line[96];
  const int size = snprintf(line, sizeof line, "bytes %llu records %llu", (unsigned long long)host->max_in_flight_bytes,
                            (unsigned long long)host->max_in_flight_records);
  const reprise_text text = {line, (size_t)size};
  host->log(host, REPRISE_LOG_INFO, text, NULL, 0);
  const reprise_text gauge = {"room", 4}, help = {"records unsettled at most", 25};
  host->measure(host, host->metric(host, REPRISE_GAUGE, gauge, help, NULL, 0), (double)host->max_in_flight_records);
  if (count != 0) {
    snprintf(error->option, sizeof error->option, "%.*s", (int)options[0].key.size, options[0].key.data);
    snprintf(error->message, sizeof error->message, "%s", line);
    return REPRISE_PERMANENT;
  }
  return sink_create(host, options, count, self, error);
}

SINK_ENTRY(.create = tell);
