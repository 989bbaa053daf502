/* Shoal module ABI: a module that keeps the offsets of sources, in a database of its own say, and so decides
 * where they begin. A source asks for it with offsets = "module:ID"; Kafka then gets no offsets of it. */
#ifndef SHOAL_ABI_OFFSETS_H
#define SHOAL_ABI_OFFSETS_H

#include "shoal/abi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHOAL_OFFSETS_FACTORY_ID "shoal.offsets/1"

#define SHOAL_OFFSET_UNKNOWN INT64_C(-1)

/* One partition of a topic. */
typedef struct shoal_partition_offset {
  uint32_t size; /* sizeof(shoal_partition_offset), the stride of a table of them */
  int32_t partition;
  int64_t offset; /* of the record to be read next, from 0 on; or SHOAL_OFFSET_UNKNOWN */
} shoal_partition_offset;

/* Both calls come from one thread of the host that is for them only: they may wait, and the source waits with
 * them. Turns run meanwhile. A status other than OK is a failure, with its reason in `error`. [offsets] */
typedef struct shoal_offsets_factory {
  uint32_t size; /* sizeof(shoal_offsets_factory) */
  uint32_t reserved;
  /* Where a source begins in these partitions of a topic: sets `offset` of each, which is
   * SHOAL_OFFSET_UNKNOWN at first; left so, the source's `start` counts. Called before any record of them is
   * read. After a failure it is called again, twice a second at most. */
  shoal_status (*start_offsets)(void* instance, shoal_bytes source, shoal_bytes topic,
                                shoal_partition_offset* partitions, uint32_t partition_count,
                                const shoal_writer* error);
  /* The host reads these partitions no more: all records before each `offset` have finished, none after it is
   * certain to have. Called once at the end of an orderly stop, while no turn runs. A host that is killed
   * does not call it: what has to be exact is kept by the turns themselves. */
  shoal_status (*released)(void* instance, shoal_bytes source, shoal_bytes topic,
                           const shoal_partition_offset* partitions, uint32_t partition_count,
                           const shoal_writer* error);
} shoal_offsets_factory;

#ifdef __cplusplus
}
#endif

#endif
