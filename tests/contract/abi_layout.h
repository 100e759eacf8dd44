#ifndef TESTS_CONTRACT_ABI_LAYOUT_H
#define TESTS_CONTRACT_ABI_LAYOUT_H

#include <stddef.h>

/* Where members stand that could move without a struct's size and last member changing: what two compilers must agree on. Sizes and
 * last members are asserted in plugin.h itself. */
typedef struct abi_layout {
  size_t values[16];
} abi_layout;

#define ABI_LAYOUT                                                                                                     \
  {                                                                                                                    \
    {                                                                                                                  \
      offsetof(reprise_error, retry_after_ms), offsetof(reprise_error, option), offsetof(reprise_error, message),      \
          offsetof(reprise_record, key), offsetof(reprise_record, topic), offsetof(reprise_record, attempt),           \
          offsetof(reprise_settlement, error), offsetof(reprise_verdict, error), offsetof(reprise_place, offset),      \
          offsetof(reprise_batch, owner), offsetof(reprise_batch, gaps), offsetof(reprise_host, settle),               \
          offsetof(reprise_stream, key), offsetof(reprise_job, done), offsetof(reprise_plugin, api), sizeof(size_t)    \
    }                                                                                                                  \
  }

#endif
