#include "sink_base.h"

#include <stdio.h>
#include <string.h>

/* Tells the value of each option in everything it can say: in the log, in its health, and as the reason of a refusal when the last
 * one is called "refuse". */
static reprise_text text_of(const char* text) { return (reprise_text){.data = text, .size = strlen(text)}; }

static reprise_status tell(const reprise_host* host, const reprise_option* options, size_t count, void** self,
                           reprise_error* error) {
  for (size_t i = 0; i < count; ++i) {
    char line[2048];
    snprintf(line, sizeof line, "%.*s is \"%.*s\"", (int)options[i].key.size, options[i].key.data,
             (int)options[i].value.size, options[i].value.data);
    const reprise_option field = {.key = text_of("given"), .value = options[i].value, .flags = 0, .reserved = 0};
    host->log(host, REPRISE_LOG_INFO, text_of(line), &field, 1);
    reprise_error why;
    memset(&why, 0, sizeof why);
    snprintf(why.message, sizeof why.message, "%.*s", (int)sizeof why.message - 1, line);
    host->health(host, text_of(""), REPRISE_DEGRADED, &why);
    if (options[i].key.size == 6 && memcmp(options[i].key.data, "refuse", 6) == 0) {
      snprintf(error->message, sizeof error->message, "%.*s", (int)sizeof error->message - 1, line);
      return REPRISE_PERMANENT;
    }
  }
  return sink_create(host, options, count, self, error);
}

SINK_ENTRY(.create = tell);
