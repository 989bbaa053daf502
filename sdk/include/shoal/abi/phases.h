/* Shoal module ABI: which effect is legal in which phase.
 *
 * The one table that hosts and the testkit check against: an effect called in a phase without its bit gives
 * SHOAL_STATUS_WRONG_PHASE. `set_error` and `traceparent` are legal in every phase. */
#ifndef SHOAL_ABI_PHASES_H
#define SHOAL_ABI_PHASES_H

#include "shoal/abi/entity.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t shoal_effect;
enum {
  SHOAL_EFFECT_REPLY = 0,
  SHOAL_EFFECT_REPLY_TOKEN = 1,
  SHOAL_EFFECT_REPLY_TO = 2,
  SHOAL_EFFECT_EMIT = 3,
  SHOAL_EFFECT_TELL = 4,
  SHOAL_EFFECT_ASK = 5,
  SHOAL_EFFECT_FORWARD = 6,
  SHOAL_EFFECT_DEAD_LETTER = 7,
  SHOAL_EFFECT_SET_TIMER = 8,
  SHOAL_EFFECT_CANCEL_TIMER = 9,
  SHOAL_EFFECT_SET_RECEIVE_TIMEOUT = 10,
  SHOAL_EFFECT_STASH = 11,
  SHOAL_EFFECT_UNSTASH = 12,
  SHOAL_EFFECT_PERSIST = 13,
  SHOAL_EFFECT_SET_REMINDER = 14,
  SHOAL_EFFECT_CANCEL_REMINDER = 15,
  SHOAL_EFFECT_PASSIVATE = 16,
  SHOAL_EFFECT_STOP = 17,
  SHOAL_EFFECT_COUNT = 18
};

#define SHOAL_PHASE_BIT(phase) (UINT32_C(1) << (phase))

/* The phases in which a message, a reply, a timer or a reminder runs: a turn proper. */
#define SHOAL_PHASES_TURN                                                              \
  (SHOAL_PHASE_BIT(SHOAL_PHASE_RECEIVE) | SHOAL_PHASE_BIT(SHOAL_PHASE_REPLY) |         \
   SHOAL_PHASE_BIT(SHOAL_PHASE_TIMER) | SHOAL_PHASE_BIT(SHOAL_PHASE_RECEIVE_TIMEOUT) | \
   SHOAL_PHASE_BIT(SHOAL_PHASE_REMINDER))

/* The phases `effect` is legal in, as bits; 0 for an unknown effect. */
static inline uint32_t shoal_effect_phases(shoal_effect effect) {
  switch (effect) {
    case SHOAL_EFFECT_REPLY:
    case SHOAL_EFFECT_REPLY_TOKEN:
    case SHOAL_EFFECT_FORWARD:
    case SHOAL_EFFECT_DEAD_LETTER:
    case SHOAL_EFFECT_STASH:
      return SHOAL_PHASE_BIT(SHOAL_PHASE_RECEIVE); /* they speak of the turn's message */
    case SHOAL_EFFECT_REPLY_TO:
    case SHOAL_EFFECT_EMIT:
    case SHOAL_EFFECT_TELL:
      return SHOAL_PHASES_TURN | SHOAL_PHASE_BIT(SHOAL_PHASE_STOP);
    case SHOAL_EFFECT_SET_TIMER:
    case SHOAL_EFFECT_SET_RECEIVE_TIMEOUT:
    case SHOAL_EFFECT_SET_REMINDER:
    case SHOAL_EFFECT_CANCEL_REMINDER:
      return SHOAL_PHASES_TURN | SHOAL_PHASE_BIT(SHOAL_PHASE_CONSTRUCT);
    case SHOAL_EFFECT_ASK:
    case SHOAL_EFFECT_CANCEL_TIMER:
    case SHOAL_EFFECT_UNSTASH:
    case SHOAL_EFFECT_PERSIST:
    case SHOAL_EFFECT_PASSIVATE:
    case SHOAL_EFFECT_STOP:
      return SHOAL_PHASES_TURN;
    default:
      return 0;
  }
}

#ifdef __cplusplus
}
#endif

#endif
