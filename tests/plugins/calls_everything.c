#include "sink_base.h"

#include <stdio.h>

static void say(const reprise_host* host, const char* what, long long answer, const char* kind) {
  char line[128];
  const int size = snprintf(line, sizeof line, "%s: %lld%s%s", what, answer, *kind != 0 ? " " : "", kind);
  const reprise_text text = {line, (size_t)size};
  host->log(host, REPRISE_LOG_INFO, text, NULL, 0);
}

/* Calls what this host does not offer yet, once with storage for the reason and once without. */
static reprise_status call(const reprise_host* host, const reprise_option* options, size_t count, void** self,
                           reprise_error* error) {
  static const reprise_bytes none;
  static const reprise_record record;
  static const reprise_verdict verdict;
  static const uint64_t handle = 1;
  reprise_error why = {0};
  const reprise_status put = host->table_put(host, 1, none, none, 0, &why);
  say(host, "table_put", put, why.kind);
  const reprise_status decided = host->decide(host, &handle, &verdict, 1, &why);
  say(host, "decide", decided, why.kind);
  const reprise_status floored = host->state_floor(host, 0, 7, &why);
  say(host, "state_floor", floored, why.kind);
  say(host, "emit", (long long)host->emit(host, 1, 0, &record), "");
  say(host, "alloc", host->alloc(host, 64) != NULL, "");
  (void)host->table_put(host, 1, none, none, 0, NULL);
  (void)host->decide(host, &handle, &verdict, 1, NULL);
  (void)host->state_floor(host, 0, 7, NULL);
  return sink_create(host, options, count, self, error);
}

SINK_ENTRY(.create = call);
