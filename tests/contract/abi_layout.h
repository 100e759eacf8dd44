#ifndef TESTS_CONTRACT_ABI_LAYOUT_H
#define TESTS_CONTRACT_ABI_LAYOUT_H

#include <stddef.h>

/* Sizes, and the places of the last members: what two compilers must agree on. */
typedef struct abi_layout {
  size_t values[24];
} abi_layout;

#define ABI_LAYOUT                                                                                                  \
  {                                                                                                                 \
    {                                                                                                               \
      sizeof(reprise_record), sizeof(reprise_error), sizeof(reprise_settlement), sizeof(reprise_verdict),           \
          sizeof(reprise_batch), sizeof(reprise_place), sizeof(reprise_route), sizeof(reprise_note),                \
          sizeof(reprise_state_op), sizeof(reprise_row), sizeof(reprise_stream), sizeof(reprise_host),              \
          sizeof(reprise_source_api), sizeof(reprise_transform_api), sizeof(reprise_sink_api),                      \
          sizeof(reprise_jobstore_api), sizeof(reprise_plugin), sizeof(reprise_job), sizeof(reprise_option),        \
          offsetof(reprise_record, reserved2), offsetof(reprise_batch, owner), offsetof(reprise_host, state_floor), \
          offsetof(reprise_stream, log_id), offsetof(reprise_plugin, destroy)                                       \
    }                                                                                                               \
  }

#endif
