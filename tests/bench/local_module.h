#ifndef SHOAL_TESTS_BENCH_LOCAL_MODULE_H
#define SHOAL_TESTS_BENCH_LOCAL_MODULE_H
/* What the programs of the local rows and their module say to each other. */
#include <stdint.h>

enum { ASKS_MAX = 100000, PEER_ID_BYTES_MAX = 32, EVENT_BYTES = 120 };

/* The body of `run` of type `asker`. */
typedef struct ask_order {
  uint32_t asks;        /* 1..ASKS_MAX */
  uint32_t outstanding; /* at a time; at most `asks` */
  uint32_t peer_size;
  uint32_t persists; /* 1: the peer is a ledger, which persists an event for each ask; 0: it is an asker */
  char peer[PEER_ID_BYTES_MAX]; /* id of the entity that is asked */
} ask_order;

/* What `run` answers when the last reply has come: these bytes, and behind them a uint32_t of nanoseconds for
 * each ask, from asking to the reply's turn. */
typedef struct ask_report {
  uint64_t total_ns;
  uint32_t asks;
  uint32_t failed; /* got no answer */
} ask_report;

#endif
