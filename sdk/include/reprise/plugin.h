/* The contract between the Reprise host and a plugin. Compiles as C11 and C++20; no other header of ours.
 * 0.x while it is proven: host and plugin must match exactly in major and minor. 1.0 will freeze it.
 *
 * Memory    Nothing allocated on one side is freed on the other, except through the owner's release. Arguments are lent
 *           for the call; but a record and its bytes stay valid until the plugin has judged it (a sink: settle; a
 *           transform: apply returns, or decide after HOLD), and not a moment longer.
 * Threads   [control]     a host thread that may block until deadline_ns; one call per instance at a time
 *           [task]        the shard's thread: one call per instance at a time, must not block; may run beside [control],
 *                         but create, start, stop and destroy run alone
 *           [any-thread]  any thread, beside everything; wait-free or a short lock
 *           Inside a host call the host never calls back, but for shared's make. A plugin lives on the shard's thread
 *           (watch, wake_at) or has its own threads: started in start, joined in stop.
 * Time      *_ns is CLOCK_BOOTTIME as host->now says; *_ms is wall time since 1970, to show, sign or compare only.
 * Process   The host may be a worker or a child of it (isolation: process); no call tells. Keep out of what belongs to the
 *           process: signals, locale, directory, umask, exit, stdio. No mutable globals, never unloaded.
 * Failure   A call that returns a status fills *error unless it is OK; the host's own take NULL for "never mind why". What a plugin
 *           tells by RETRIABLE is tried again by the host, under the connector's errors.retry; with retry_after_ms, after that.
 * Offers    Every host call can be called. One that is declared but not built yet refuses: PERMANENT with kind "not.offered", or
 *           what its comment says. A plugin entry marked (o) may be NULL.
 * Growth    Plain values are frozen within a major (from 1.0 on). reserved is written 0 and not read: zeroed storage is right for
 *           every struct here, and 0 is always the harmless meaning. Structs that begin with struct_size grow at the end: read a
 *           newer field only if struct_size covers it; a NULL function is not offered.
 * Unknown   A number that the reader does not know comes from a newer side and is no crash: each enum says what it counts as.
 *           Unknown bits of flags are passed over.
 */
/* Laid out by hand, so that what belongs together stands together. */
/* clang-format off */
#ifndef REPRISE_PLUGIN_H_INCLUDED
#define REPRISE_PLUGIN_H_INCLUDED

/* Without suffixes: the build also puts them, through the assembler, into ELF section .reprise_abi (four 32-bit words: magic, major,
 * minor, size of reprise_record), where they are read without running the plugin. */
#define REPRISE_ABI_MAGIC 0x3078434c /* first word of reprise_plugin; never changes */
#define REPRISE_ABI_MAJOR 0          /* host and plugin must agree */
#define REPRISE_ABI_MINOR 2          /* 0.x: must agree as well; from 1.0: the host's must be at least what the plugin asks for */
#define REPRISE_RECORD_SIZE 128      /* sizeof(reprise_record) */

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Room for what comes later. C++ zeroes it by itself; C does where anything of the struct is initialised. */
#ifdef __cplusplus
#define REPRISE_ROOM = {}
#else
#define REPRISE_ROOM
#endif

/* ---- values: frozen ------------------------------------------------------------------------- */

typedef struct reprise_text { const char* data; size_t size; } reprise_text; /* UTF-8, not NUL-terminated */
typedef struct reprise_bytes { const uint8_t* data; size_t size; } reprise_bytes; /* data NULL is Kafka's null, not empty */
enum { REPRISE_OPTION_SECRET = 1 };
typedef struct reprise_option { /* an option (canonical: ms, bytes, true|false; "targets.0.url"), log field or label */
  reprise_text key, value;
  uint32_t flags, reserved; /* SECRET: resolved by the host, never to be shown */
} reprise_option;
typedef struct reprise_header { reprise_text name; reprise_bytes value; uint64_t reserved REPRISE_ROOM; } reprise_header;

typedef int32_t reprise_status; /* of a call, or of one attempt at one record. Unknown: FATAL */
enum {
  REPRISE_OK = 0,
  REPRISE_RETRIABLE = 1, /* the same call or record may succeed later; an attempt was spent */
  REPRISE_PERMANENT = 2, /* this record (this call) never will */
  REPRISE_FATAL = 3,     /* this instance cannot go on */
  REPRISE_DEFERRED = 4   /* settle only: not tried (endpoint closed, limit, order); offer it again, no attempt spent */
};

typedef int32_t reprise_outcome; /* final: what became of a record. Unknown: final too, as DELIVERED */
enum {
  REPRISE_DELIVERED = 1, REPRISE_DUPLICATE, REPRISE_FILTERED, REPRISE_DEAD_LETTERED, REPRISE_EXPIRED,
  REPRISE_ABSORBED = 6, /* is in a transform's durable state */
  REPRISE_ABANDONED = 7 /* none: the stream ends first, the record will be read again. Mark nothing, forget it */
};

enum { REPRISE_ABOUT_RECORD = 0, REPRISE_ABOUT_ENDPOINT = 1 }; /* unknown: RECORD */
typedef struct reprise_error { /* the caller's storage, zeroed by the caller; nobody frees it; filled unless REPRISE_OK */
  int32_t code;           /* plugin's own, e.g. an HTTP status; 0 if none */
  int32_t about;          /* REPRISE_ABOUT_*: ENDPOINT if every record to it would fail alike (401, TLS name). With DEFERRED: ENDPOINT
                           * if the endpoint itself holds the record up (it asked for a pause, its breaker is open), RECORD if a limit
                           * of the sink's own does (rate limit, room) */
  int64_t retry_after_ms; /* duration the other side asks for; 0 or less: the host decides; 1: at once */
  char kind[48];          /* "timeout.connect", "http.status": few and stable, becomes a label; NUL-terminated */
  char option[64];        /* from create, reconfigure: the option at fault ("endpoint.url"), so that the host shows its
                           * file:line:column; empty: none. NUL-terminated */
  char message[368];      /* UTF-8, NUL-terminated, cut to fit */
  uint64_t reserved[2] REPRISE_ROOM;
} reprise_error;
/* kinds; VERIFY and NOTICE pass by the transforms, and only a sink whose traits ask for them meets them. Unknown: send nothing,
 * settle OK */
enum { REPRISE_DATA = 0, REPRISE_VERIFY = 1, REPRISE_NOTICE = 2 };
enum { REPRISE_LOG_APPEND_TIME = 1, REPRISE_DERIVED = 2 };         /* flags */
typedef struct reprise_record {
  uint64_t handle;      /* the host's name for it, 0 while a source makes it; a retry comes under a new one */
  int64_t offset;       /* in the partition. DERIVED (emitted without an input): the same number whenever emitted again */
  int64_t timestamp_ms; /* -1: none */
  int64_t read_ns;      /* when the host got it */
  reprise_bytes key, value;
  const reprise_header* headers; /* filled if an instance has REPRISE_NEEDS_HEADERS */
  reprise_text topic;
  int32_t partition;
  uint32_t header_count;
  uint32_t slot;        /* its stream */
  uint32_t part;        /* number among the outputs of one input; (topic, partition, offset, part) is the stable id */
  uint32_t attempt;     /* from 1, over restarts as far as known */
  int32_t kind;         /* VERIFY: check key's destination, send no data. NOTICE: value is the host's (job ended). No offset */
  uint32_t flags, reserved;
  uint64_t reserved2 REPRISE_ROOM;
} reprise_record;

typedef struct reprise_settlement {
  uint64_t handle;
  reprise_status status;
  int32_t code;               /* e.g. HTTP status, success too */
  const reprise_error* error; /* lent for the call; NULL: none, the host decides */
  uint64_t reserved[2] REPRISE_ROOM;
} reprise_settlement;

enum { /* verdicts. Unknown, or one that the host does not offer yet (REPLACE, ABSORB, HOLD): the task fails and says so */
  REPRISE_KEEP = 0,    /* goes on as it is, before what was emitted for it */
  REPRISE_REPLACE = 1, /* only what was emitted for it goes on; its outcome is the worst of its parts' */
  REPRISE_DROP = 2,    /* filtered */
  REPRISE_REPEAT = 3,  /* duplicate of a record that has an outcome */
  REPRISE_ATTACH = 4,  /* duplicate of leader, which is in flight: final (or abandoned) when leader is; bytes not needed */
  REPRISE_ABSORB = 5,  /* final in the write that holds the state written in this call */
  REPRISE_REJECT = 6,  /* permanent failure of this record: error tolerance and dead letters apply */
  REPRISE_HOLD = 7     /* host->decide follows, bytes stay; not for long without detach */
};
typedef struct reprise_verdict { /* of a transform, on one input; zeroed by the host */
  int32_t action, code;       /* code: why, for metrics and explain; the plugin's own few numbers */
  uint64_t tag;               /* KEEP, REPLACE, ATTACH: if not 0, outcome tells it back */
  uint64_t leader;            /* ATTACH: handle of an input or output of this instance whose outcome was not told yet */
  const reprise_error* error; /* REJECT */
  uint64_t reserved[2] REPRISE_ROOM;
} reprise_verdict;
typedef struct reprise_note { uint64_t tag; reprise_outcome outcome; uint32_t slot; uint64_t reserved REPRISE_ROOM; } reprise_note;
typedef struct reprise_route { /* of a sink, for one record; zeroed by the host */
  uint64_t order; /* not 0: records of one order go one after another, retries included (hash of key, or of endpoint) */
  uint64_t group; /* the endpoint: deferred records of a group wait together, and harm no other. 0: the sink as a whole */
  uint64_t reserved[2] REPRISE_ROOM;
} reprise_route;
enum { REPRISE_AT_EARLIEST = 1, REPRISE_AT_LATEST = 2, REPRISE_AT_TIME = 3 }; /* unknown: resolve answers PERMANENT */
typedef struct reprise_place {
  reprise_text topic;
  int32_t partition;
  int32_t at;      /* resolve: REPRISE_AT_* */
  int64_t time_ms; /* resolve, AT_TIME: the first record at or after it */
  int64_t offset;  /* resolve: the answer; -1: past the last record. commit: everything below is final */
  uint64_t reserved[2] REPRISE_ROOM;
} reprise_place;
enum { REPRISE_BATCH_MORE = 1, REPRISE_BATCH_END = 2, REPRISE_BATCH_IDLE = 4, REPRISE_BATCH_COUNTS_GAPS = 8 };
typedef struct reprise_batch { /* of one slot, ascending offsets. The host calls release once, if set [any-thread] */
  reprise_record* records;   /* the host writes handle, read_ns, slot, attempt in place */
  size_t count;
  int64_t next_offset;       /* the cursor after it, also when count is 0. Offsets passed without a record are gaps ... */
  int64_t expired_before;    /* ... or expired, where below this; -1: none */
  int64_t end_offset;        /* of the partition, for lag; -1: unknown */
  uint32_t slot;
  uint32_t flags;            /* MORE: poll again at once. END: the stream's end is reached. IDLE: caught up. COUNTS_GAPS: see gaps */
  void (*release)(struct reprise_batch*);
  void* owner; /* for release only */
  int64_t gaps; /* with COUNTS_GAPS: how many offsets the source itself saw pass without a record from the last batch's next_offset up to this one's,
                 * the expired ones aside: counted where the log's records come in, so that the host, which counts the jumps of
                 * what it gets, notices what was lost in between */
  uint64_t reserved[3] REPRISE_ROOM;
} reprise_batch;

/* op. Unknown, and APPEND in 0.2: state_write answers PERMANENT */
enum { REPRISE_STATE_PUT = 1, REPRISE_STATE_APPEND, REPRISE_STATE_ERASE, REPRISE_STATE_ERASE_PREFIX };
enum { REPRISE_STATE_TRAVELS = 1 }; /* flags: also in the progress record, so the next owner has it at once; 1 KiB a stream */
typedef struct reprise_state_op {
  uint32_t slot; /* state belongs to a stream: it moves and ends with it */
  int32_t op;
  uint32_t flags, reserved;
  reprise_bytes key, value;
  uint64_t reserved2 REPRISE_ROOM;
} reprise_state_op;
typedef struct reprise_entry { reprise_bytes key, value; uint64_t reserved REPRISE_ROOM; } reprise_entry;

typedef struct reprise_row { /* of a table: JSON, secrets resolved; data NULL: no such key */
  reprise_bytes value;
  uint64_t version; /* changes with the value: parse once, keep by version */
  uint64_t reserved REPRISE_ROOM;
} reprise_row;

/* ---- growing values ------------------------------------------------------------------------- */

enum { REPRISE_STREAM_REPLAY = 1, REPRISE_STREAM_REBUILD = 2 /* state is missing: rebuild comes before apply */ };
typedef struct reprise_stream { /* one partition of one unit, as an instance sees it */
  uint32_t struct_size, slot; /* slot: small, reused after close */
  reprise_text connector, unit, job; /* job empty: live. All empty for a source: one cursor may serve many units */
  uint64_t epoch; /* of the unit's owner: fencing token, for the receiver */
  reprise_text topic;
  int32_t partition;
  uint32_t flags;
  int64_t start, end, from_ms, to_ms; /* offsets; times of the request; -1: none */
  reprise_bytes key; /* only this key is wanted: a source may use it to send less; NULL: all */
  reprise_text log_id; /* names the log that the offsets count in (Kafka's cluster id); part of a record's stable id */
} reprise_stream;
enum { REPRISE_CLOSE_END = 1, REPRISE_CLOSE_STOP = 2, REPRISE_CLOSE_LOST = 3 /* lease over: send nothing, cut what is sent */ };
/* unknown: as STOP */

/* ---- what the host gives: valid from create until destroy returns ---------------------------- */

enum { REPRISE_LOG_DEBUG, REPRISE_LOG_INFO, REPRISE_LOG_WARN, REPRISE_LOG_ERROR }; /* unknown: ERROR */
enum { REPRISE_COUNTER, REPRISE_GAUGE, REPRISE_HISTOGRAM }; /* unknown: no metric, number 0 */
enum { REPRISE_UP, REPRISE_DEGRADED, REPRISE_DOWN, REPRISE_INVALID /* a person must act */ }; /* unknown: DOWN */
enum { REPRISE_CLOCK_BOOT, REPRISE_CLOCK_WALL }; /* unknown: BOOT */
enum { REPRISE_READABLE = 1, REPRISE_WRITABLE = 2 }; /* watch */

typedef struct reprise_host reprise_host;
struct reprise_host {
  uint32_t struct_size, abi_minor;
  void* impl;
  reprise_text instance;       /* for logs: "live-delivery/sink" */
  reprise_text data_dir;       /* private to the instance, survives restarts; for who asks in the manifest. Empty in 0.2 */
  uint64_t max_in_flight_bytes; /* the host offers a sink no more than these unsettled (one larger record goes alone): who waits */
  uint64_t max_in_flight_records; /* for a fuller batch than this waits for its flush. 0: none (not a sink) */

  /* -- everybody -- */
  /* [any-thread] 1 if a line of this level would be written; ask before building a costly one. Nothing is lent. */
  int32_t (*log_enabled)(const reprise_host*, int32_t level);
  /* [any-thread] One line with fields; never blocks. Texts are lent for the call, the host copies them. */
  void (*log)(const reprise_host*, int32_t level, reprise_text, const reprise_option* fields, size_t count);
  /* [any-thread] ns of REPRISE_CLOCK_*; in tests the test owns it. Nothing is lent. */
  int64_t (*now)(const reprise_host*, int32_t clock);
  /* [control] or [task] The same name and labels give the same number, valid until destroy; past the bound of series: that of
   * the one labelled "other"; 0: bad name. Texts are lent for the call. */
  uint64_t (*metric)(const reprise_host*, int32_t kind, reprise_text name, reprise_text help, const reprise_option*, size_t count);
  /* [any-thread] Adds to a counter, sets a gauge, observes for a histogram; 0, or a number that metric did not give this instance,
   * does nothing. Nothing is lent. */
  void (*measure)(const reprise_host*, uint64_t metric, double value);
  /* [any-thread] State of an endpoint (bounded), or of the instance (empty subject): shown, counted. why may be NULL; it and
   * the text are lent for the call. */
  void (*health)(const reprise_host*, reprise_text subject, int32_t state, const reprise_error* why);
  /* [task] ready() follows while fd is so, level-triggered; 0: no more, said before close(fd). fd stays the plugin's. PERMANENT: it
   * is no descriptor that can be watched, or is watched by somebody else. Before stop the host drops the watches that are left. */
  reprise_status (*watch)(const reprise_host*, int32_t fd, uint32_t events, reprise_error*);
  /* [task] wake() follows at this boot time; one timer, the last call counts; INT64_MAX: none. Nothing is lent. */
  void (*wake_at)(const reprise_host*, int64_t at_ns);
  /* [any-thread] wake() follows soon; many become one. Nothing is lent. */
  void (*wake)(const reprise_host*);
  /* [any-thread] Source: slot has data again. Sink: group can take again (0: the sink, after taken < count). Nothing is lent. */
  void (*resume)(const reprise_host*, uint64_t slot_or_group);
  /* [control] Number of a table, valid until destroy; 0: not configured. The text is lent for the call. */
  uint64_t (*table)(const reprise_host*, reprise_text name);
  /* [task] One row for each key; no rows in a table that is not there. Keys are lent for this call; rows are the host's, lent until
   * the plugin's own call returns, and one such call sees one snapshot. */
  void (*lookup)(const reprise_host*, uint64_t table, const reprise_bytes* keys, size_t count, reprise_row* out);
  /* Not offered in 0.2. [control] Writes one row (value.data NULL: erases it); OK: durable. Key and value are lent for the call. */
  reprise_status (*table_put)(const reprise_host*, uint64_t table, reprise_bytes key, reprise_bytes value, int64_t deadline_ns,
                              reprise_error*);
  /* [control] One object for each plugin and worker: made by the first call, lent to all later ones until destroy returns,
   * destroyed by the host after the last instance. NULL if make returned NULL. make runs inside the call, on its thread;
   * the object is the plugin's own memory, argument is lent for the call. */
  void* (*shared)(const reprise_host*, void* (*make)(void* argument), void (*destroy)(void* object), void* argument);
  /* [any-thread] May a socket of this instance go to this address (4 or 16 bytes, network order)? Ask with the address the
   * socket connects to, never with a name. allow_cidrs: the instance's own option, "10.0.0.0/8". OK, or PERMANENT with the
   * rule that refuses it. Everything is lent for the call. Source of the ranges: IANA special-purpose address registries
   * (RFC 6890). */
  reprise_status (*check_address)(const reprise_host*, reprise_bytes address, uint16_t port, const reprise_text* allow_cidrs,
                                  size_t count, reprise_error*);

  /* -- sinks -- */
  /* [any-thread] Exactly once per record taken: it ends the loan of the record and its bytes. The host retries, parks (copied
   * out of the source's memory) or dead-letters. Second and unknown settlements are counted, logged and ignored. The
   * settlements and their errors are lent for the call. */
  void (*settle)(const reprise_host*, const reprise_settlement*, size_t count);
  /* [task] For a record that will be held more than about a second: a copy in the host's memory, lent as long as the old
   * one would have been, which is dead now. Unpins the source's memory. */
  const reprise_record* (*detach)(const reprise_host*, const reprise_record*);
  /* [any-thread] Ask before each send: nothing may be sent, or still be under way, after this boot time; INT64_MAX: no lease.
   * Nothing is lent. */
  int64_t (*lease_ns)(const reprise_host*, uint32_t slot);

  /* -- transforms: [task] -- */
  /* Not offered in 0.2: 0. [task] Inside apply, ready, wake, progress. input: handle of a judged-now or held record; 0: caused by
   * none (then slot and offset count too). Copies the descriptor; bytes are the input's or alloc's. Returns the output's handle; 0:
   * refused. tag as in verdict. */
  uint64_t (*emit)(const reprise_host*, uint64_t input, uint64_t tag, const reprise_record*);
  /* Not offered in 0.2: NULL. [task] Memory of the host's, lent until what this call emits has settled; 16-aligned. */
  void* (*alloc)(const reprise_host*, size_t size);
  /* Not offered in 0.2, so that no record may be held. [task] Judges held records. Handles and verdicts are lent for the call. */
  reprise_status (*decide)(const reprise_host*, const uint64_t* handles, const reprise_verdict*, size_t count, reprise_error*);
  /* [task] Joins the stream's next commit. Written in outcome: the very write that holds these outcomes; in apply: not later
   * than the outcomes of that call's records. Dropped if apply does not return OK. Not OK (a slot that is not open, an unknown op):
   * nothing of this call is written. Changes are lent for the call. */
  reprise_status (*state_write)(const reprise_host*, const reprise_state_op*, size_t count, reprise_error*);
  /* [task] 1 found, 0 not, -1: trouble. Sees own writes, may touch the disk (not for every record). The value is the host's,
   * lent until the next state call or return; the key is lent for the call. */
  int32_t (*state_get)(const reprise_host*, uint32_t slot, reprise_bytes key, reprise_bytes* value);
  /* [task] How many of the entries with this prefix behind `after` (empty: from the first) it wrote to out, ascending, at most
   * max; -1: trouble. As state_get: entries are the host's, prefix and after are lent for the call. */
  int32_t (*state_scan)(const reprise_host*, uint32_t slot, reprise_bytes prefix, reprise_bytes after, reprise_entry* out,
                        int32_t max);
  /* Not offered in 0.2. [task] Re-reading from here rebuilds the state; published. Nothing is lent. */
  reprise_status (*state_floor)(const reprise_host*, uint32_t slot, int64_t offset, reprise_error*);
};

/* ---- what each kind implements; (o) may be NULL --------------------------------------------- */

/* [task] Records of a slot come between open and close. RETRIABLE: not yet, call again (state is loaded in slices). The
 * stream and its texts are lent for the call. */
typedef reprise_status (*reprise_open_fn)(void* self, const reprise_stream*, reprise_error*);
/* [task] why: REPRISE_CLOSE_*. What is lent of this slot stays so until it is settled or released. */
typedef void (*reprise_close_fn)(void* self, uint32_t slot, int32_t why);

typedef struct reprise_source_api {
  uint32_t struct_size, reserved;
  reprise_open_fn open; /* a cursor; on an open slot: moves it. One cursor per partition and instance. Trouble later: poll tells */
  reprise_close_fn close; /* batches given out stay valid until released */
  /* [task] What is there now, for one slot: at least one record if there is one, be it larger than max_bytes; count 0: nothing yet,
   * then resume. A slot that is not polled keeps bounded memory.
   * The batch's contents are the source's, lent to the host until it calls release; on failure there is nothing to release. */
  reprise_status (*poll)(void* self, uint32_t slot, size_t max_records, size_t max_bytes, reprise_batch* out, reprise_error*);
  /* [task] (o) A courtesy to lag tools; not awaited. Places are lent for the call. */
  void (*commit)(void* self, const reprise_place*, size_t count);
  /* [control] Partitions from the first-th on; topic empty: all that are configured. Texts in out are the source's, lent
   * until the next call; topic is lent for the call. */
  reprise_status (*partitions)(void* self, reprise_text topic, size_t first, reprise_place* out, size_t max, size_t* count,
                               int64_t deadline_ns, reprise_error*);
  /* [control] Fills in offset. Places and their texts are the host's, lent for the call. */
  reprise_status (*resolve)(void* self, reprise_place*, size_t count, int64_t deadline_ns, reprise_error*);
  /* [control] (o) Name of the log the offsets count in (Kafka's cluster id), the source's, lent until the next call. NULL: topic
   * names suffice. */
  reprise_status (*log_id)(void* self, reprise_text* out, int64_t deadline_ns, reprise_error*);
  /* [control] (o) Where the producer's partitioner puts this key (murmur2, partitions of the topic). NULL: unknown, read all.
   * topic and key are lent for the call. */
  reprise_status (*partition_for_key)(void* self, reprise_text topic, reprise_bytes key, int32_t* partition, int64_t deadline_ns,
                                      reprise_error*);
} reprise_source_api;

typedef struct reprise_transform_api {
  uint32_t struct_size, reserved;
  reprise_open_fn open;   /* (o) load the slot's state here */
  reprise_close_fn close; /* (o) */
  /* [task] Not OK: nothing counts, and the host comes again or fails the task. All final outcomes were told before. Records and
   * verdicts are the host's, lent for the call; errors the verdicts point to are the plugin's, lent until it is called again. */
  reprise_status (*apply)(void* self, const reprise_record* const*, size_t count, reprise_verdict*, reprise_error*);
  /* [task] (o) Of records with a tag: one group, before its commit. RETRIABLE: what this call wrote is dropped, and it is called
   * again with the group's next try. Else not OK: the group is not committed and the task ends; what it held is read and judged
   * again. Notes are lent for the call. */
  reprise_status (*outcome)(void* self, const reprise_note*, size_t count, reprise_error*);
  /* [task] (o) After a takeover: records from state_floor on that have an outcome. Restore state; nothing is delivered or
   * told. Records are lent for the call. */
  reprise_status (*rebuild)(void* self, const reprise_record* const*, size_t count, reprise_error*);
  /* [task] (o) BATCH_END: emit what is left; BATCH_IDLE. Not OK: as of outcome. Nothing is lent. Not called by a 0.2 host. */
  reprise_status (*progress)(void* self, uint32_t slot, int64_t next_offset, uint32_t flags, reprise_error*);
  /* [task] (o) No earlier event time is expected in this slot. What is emitted here belongs to no single input (input 0,
   * DERIVED). Not OK: as of outcome. Nothing is lent. Not called by a 0.2 host. A plain tick is wake_at and wake. */
  reprise_status (*on_event_time)(void* self, uint32_t slot, int64_t watermark_ms, reprise_error*);
} reprise_transform_api;

/* why: nothing more is offered before something is settled; nothing more is there now; the task ends. Unknown: as DRAIN */
enum { REPRISE_FLUSH_FULL = 1, REPRISE_FLUSH_IDLE = 2, REPRISE_FLUSH_DRAIN = 3 };
typedef struct reprise_sink_api {
  uint32_t struct_size, reserved;
  reprise_open_fn open;   /* (o) */
  reprise_close_fn close; /* (o) */
  /* [task] (o) Before deliver; routes come zeroed. Not OK: the task ends, the records are read again. Records and routes are the
   * host's, lent for the call. */
  reprise_status (*route)(void* self, const reprise_record* const*, size_t count, reprise_route*, reprise_error*);
  /* [task] OK: took the first *taken, settles each once (may be before it returns); the host keeps the rest until one of this
   * instance's records is settled, or resume. Not OK: took none. RETRIABLE: this instance is away, for all records alike; it is
   * offered them again after a back-off, or at once after resume(0). Else the task ends. The array is lent for the call; a record taken is lent until it is settled. */
  reprise_status (*deliver)(void* self, const reprise_record* const*, size_t count, size_t* taken, reprise_error*);
  /* [task] (o) Wait for no fuller batch: send what is held. why: REPRISE_FLUSH_*, while something is unsettled. DRAIN: the host would
   * like all settlements by deadline_ns; what comes later counts as not tried when the stream closes. FULL, IDLE: INT64_MAX. Not OK:
   * the task ends. Nothing is lent. */
  reprise_status (*flush)(void* self, int32_t why, int64_t deadline_ns, reprise_error*);
  /* [control] (o) Of a sink that keeps its own positions in the target (exactly-once): fills offset with the next one wanted.
   * Places are the host's, lent for the call. Not called by a 0.2 host. */
  reprise_status (*positions)(void* self, uint32_t slot, reprise_place*, size_t count, int64_t deadline_ns, reprise_error*);
} reprise_sink_api;

enum { REPRISE_JOB_OPEN = 1, REPRISE_JOB_STARTED, REPRISE_JOB_ONGOING, REPRISE_JOB_COMPLETED, REPRISE_JOB_FAILED,
       REPRISE_JOB_CANCELLED }; /* unknown: not to be claimed, not to be changed, shown */
enum { REPRISE_JOB_HELD = 1, REPRISE_JOB_CANCEL = 2, REPRISE_JOB_PAUSE = 4 }; /* HELD: still owned by (epoch, owner) */
typedef struct reprise_job {
  reprise_text id, subject, spec, owner; /* subject: one active job for each (webhook id); spec: JSON; owner: incarnation */
  uint64_t epoch;
  int32_t state, priority;
  uint32_t attempts, flags;
  int64_t not_before_ms, created_ms, updated_ms;
  int64_t start, end, next; /* offsets; next only rises; -1: unknown */
  reprise_bytes done;       /* map of final outcomes above next, at most 4 KiB */
  reprise_text counters, error; /* JSON */
  uint64_t reserved[4] REPRISE_ROOM;
} reprise_job;
/* Released as a batch is. Query: states are bits 1u << REPRISE_JOB_*; an empty text asks nothing. */
typedef struct reprise_jobs {
  const reprise_job* jobs;
  size_t count;
  void (*release)(struct reprise_jobs*);
  void* owner;
  uint64_t reserved[2] REPRISE_ROOM;
} reprise_jobs;
typedef struct reprise_job_query { uint32_t struct_size, states; reprise_text id, subject, after_id; size_t max; } reprise_job_query;
/* what of update and request; unknown: PERMANENT, nothing is changed */
enum { REPRISE_JOB_HEARTBEAT = 1, REPRISE_JOB_PROGRESS, REPRISE_JOB_FINISH, REPRISE_JOB_RELEASE };
enum { REPRISE_JOB_DO_CANCEL = 1, REPRISE_JOB_DO_PAUSE, REPRISE_JOB_DO_RESUME, REPRISE_JOB_DO_REMOVE /* ended ones only */ };
/* OK means durable. Arguments are lent for the call; what an answer points to is the store's, lent until release. A 0.2 host
 * loads a job store and does not call it. */
typedef struct reprise_jobstore_api {
  uint32_t struct_size, reserved;
  /* [control] Same id and spec again is OK. PERMANENT with kind "exists" (other spec) or "active" (subject is busy). The job is lent. */
  reprise_status (*put)(void* self, const reprise_job*, int64_t deadline_ns, reprise_error*);
  /* [control] At most max jobs that nobody holds become the owner's. They are lent until release. */
  reprise_status (*claim)(void* self, reprise_text owner, int64_t lease_ms, size_t max, reprise_jobs*, int64_t deadline_ns,
                          reprise_error*);
  /* [control] Per job by (id, epoch, owner); writes flags: without HELD it is fenced, nothing was changed. HEARTBEAT renews
   * lease_ms. The jobs are the host's, lent for the call. */
  reprise_status (*update)(void* self, int32_t what, int64_t lease_ms, reprise_job*, size_t count, int64_t deadline_ns,
                           reprise_error*);
  /* [control] what: REPRISE_JOB_DO_*. The id is lent. */
  reprise_status (*request)(void* self, reprise_text id, int32_t what, int64_t deadline_ns, reprise_error*);
  /* [control] Ascending by id. Answers are lent until release. */
  reprise_status (*list)(void* self, const reprise_job_query*, reprise_jobs* out, int64_t deadline_ns, reprise_error*);
  /* [control] Returns when *now differs from seen; may run beside another call. Nothing is lent. */
  reprise_status (*watch)(void* self, uint64_t seen, uint64_t* now, int64_t deadline_ns, reprise_error*);
} reprise_jobstore_api;

/* ---- the entry ------------------------------------------------------------------------------ */

enum { REPRISE_KIND_SOURCE = 1, REPRISE_KIND_TRANSFORM = 2, REPRISE_KIND_SINK = 3, REPRISE_KIND_JOBSTORE = 4 }; /* unknown: refused */
enum { REPRISE_NEEDS_HEADERS = 1, REPRISE_TAKES_VERIFY = 2, REPRISE_TAKES_NOTICE = 4 };

/* Checked before anything is loaded: ELF section .reprise_abi. Checked at load, each with the field that differs: magic; abi_major and
 * abi_minor (0.x: equal); struct_size of entry and api at least this header's; record_size; manifest equal to ELF section
 * .reprise_manifest; kind the manifest's; functions not (o). */
typedef struct reprise_plugin {
  uint32_t magic, struct_size, abi_major; /* magic: REPRISE_ABI_MAGIC */
  uint32_t abi_minor;   /* oldest host that will do: REPRISE_ABI_MINOR, or less if the plugin looks at struct_size */
  uint32_t record_size; /* sizeof(reprise_record) */
  int32_t kind;
  const reprise_text* manifest; /* plugin.yaml: id, version, option schema (with secret: and hot:); the text lies in ELF section
                                 * .reprise_manifest, so that it is read without running the plugin */
  const void* api;              /* reprise_<kind>_api */

  /* [control] Options were checked against the schema; this checks the rest, and opens nothing. Options are lent for the call,
   * the host until destroy returns. *self is the plugin's, and the host gives it back to destroy; on failure it is ignored. */
  reprise_status (*create)(const reprise_host*, const reprise_option*, size_t count, void** self, reprise_error*);
  /* [control] (o) After create: REPRISE_NEEDS_* and so on, as configured. Nothing is lent. */
  uint32_t (*traits)(void* self);
  /* [control] (o) Connections, threads; RETRIABLE: again. Nothing is lent. */
  reprise_status (*start)(void* self, int64_t deadline_ns, reprise_error*);
  /* [task] (o) After watch. Not OK: the task ends. fd stays the plugin's. */
  reprise_status (*ready)(void* self, int32_t fd, uint32_t events, reprise_error*);
  /* [task] (o) After wake_at, wake. Not OK: the task ends. Nothing is lent. */
  reprise_status (*wake)(void* self, int64_t now_ns, reprise_error*);
  /* [task] (o) Only options marked hot have changed (secrets rotate so). Not OK, or NULL: the instance is made anew. Options are
   * lent for the call. */
  reprise_status (*reconfigure)(void* self, const reprise_option*, size_t count, reprise_error*);
  /* [any-thread] (o) Calls that wait return soon. Nothing is lent. */
  void (*request_stop)(void* self);
  /* [control] (o) All threads joined; may precede start. After it no record is settled any more. Nothing is lent. */
  reprise_status (*stop)(void* self, int64_t deadline_ns, reprise_error*);
  /* [control] Frees self. Nothing of the host's may be used after it. */
  void (*destroy)(void* self);
} reprise_plugin;

#ifdef REPRISE_PLUGIN_BUILD /* the only symbol a plugin exports; the host has none of this name */
__attribute__((visibility("default"))) extern const reprise_plugin reprise_plugin_entry;
/* Made from plugin.yaml by the build (cmake/Plugin.cmake); what reprise_plugin_entry.manifest points to. */
__attribute__((visibility("hidden"))) extern const reprise_text reprise_manifest;
#endif

/* ---- what every compiler must agree on: sizes, and where the last member stands -------------- */

#ifdef __cplusplus
}
#define REPRISE_LAYOUT(type, size, last, place) \
  static_assert(sizeof(type) == (size) && offsetof(type, last) == (place), "the layout of " #type " is part of the interface")
#else
#define REPRISE_LAYOUT(type, size, last, place) \
  _Static_assert(sizeof(type) == (size) && offsetof(type, last) == (place), "the layout of " #type " is part of the interface")
#endif
REPRISE_LAYOUT(reprise_text, 16, size, 8);
REPRISE_LAYOUT(reprise_bytes, 16, size, 8);
REPRISE_LAYOUT(reprise_option, 40, reserved, 36);
REPRISE_LAYOUT(reprise_header, 40, reserved, 32);
REPRISE_LAYOUT(reprise_error, 512, reserved, 496);
REPRISE_LAYOUT(reprise_record, REPRISE_RECORD_SIZE, reserved2, 120);
REPRISE_LAYOUT(reprise_settlement, 40, reserved, 24);
REPRISE_LAYOUT(reprise_verdict, 48, reserved, 32);
REPRISE_LAYOUT(reprise_note, 24, reserved, 16);
REPRISE_LAYOUT(reprise_route, 32, reserved, 16);
REPRISE_LAYOUT(reprise_place, 56, reserved, 40);
REPRISE_LAYOUT(reprise_batch, 96, reserved, 72);
REPRISE_LAYOUT(reprise_state_op, 56, reserved2, 48);
REPRISE_LAYOUT(reprise_entry, 40, reserved, 32);
REPRISE_LAYOUT(reprise_row, 32, reserved, 24);
REPRISE_LAYOUT(reprise_stream, 152, log_id, 136);
REPRISE_LAYOUT(reprise_host, 264, state_floor, 256);
REPRISE_LAYOUT(reprise_source_api, 72, partition_for_key, 64);
REPRISE_LAYOUT(reprise_transform_api, 64, on_event_time, 56);
REPRISE_LAYOUT(reprise_sink_api, 56, positions, 48);
REPRISE_LAYOUT(reprise_job, 216, reserved, 184);
REPRISE_LAYOUT(reprise_jobs, 48, reserved, 32);
REPRISE_LAYOUT(reprise_job_query, 64, max, 56);
REPRISE_LAYOUT(reprise_jobstore_api, 56, watch, 48);
REPRISE_LAYOUT(reprise_plugin, 112, destroy, 104);
#undef REPRISE_LAYOUT
#undef REPRISE_ROOM

#endif /* __ASSEMBLER__ */
#endif /* REPRISE_PLUGIN_H_INCLUDED */
