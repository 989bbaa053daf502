/* Shoal module ABI, extension "shoal.entity/1": entity types and their turns.
 *
 * All functions of a type run on the lane that owns the shard, one at a time for one entity, unless said
 * otherwise. A `shoal_turn` and everything it points to is valid only during the call it is passed to. */
#ifndef SHOAL_ABI_ENTITY_H
#define SHOAL_ABI_ENTITY_H

#include "shoal/abi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHOAL_ENTITY_FACTORY_ID "shoal.entity/1"

#define SHOAL_ENTITY_ID_BYTES_MAX 1024u
#define SHOAL_REPLY_TOKEN_BYTES_MAX 64u

/* Where in an entity's life a call happens. `sdk/ABI.md` has the table of effects legal in each phase. */
typedef uint32_t shoal_phase;
enum {
  SHOAL_PHASE_CONSTRUCT = 1,
  SHOAL_PHASE_RECEIVE = 2,
  SHOAL_PHASE_REPLY = 3,
  SHOAL_PHASE_TIMER = 4,
  SHOAL_PHASE_RECEIVE_TIMEOUT = 5,
  SHOAL_PHASE_REMINDER = 6,
  SHOAL_PHASE_STOP = 7,
  SHOAL_PHASE_APPLY = 8 /* inside `persist` and while recovering: no effect is legal */
};

typedef struct shoal_header {
  shoal_bytes name;  /* UTF-8 */
  shoal_bytes value; /* may be null */
} shoal_header;

/* A record of a Kafka source. Borrowed. */
typedef struct shoal_record {
  uint32_t size; /* sizeof(shoal_record) */
  int32_t partition;
  shoal_bytes topic;
  int64_t offset;
  int64_t timestamp_ms; /* since 1970-01-01 UTC; -1 where the record has none */
  shoal_bytes key;      /* may be null */
  shoal_bytes value;    /* may be null */
  void* state;          /* the host's */
  /* Header number `index`; NOT_FOUND past the last one. */
  shoal_status (*header)(const struct shoal_record* record, uint32_t index, shoal_header* header);
  shoal_bytes group; /* the consumer group that keeps the source's offsets; null where none does */
} shoal_record;

/* An id the module chose and bytes it wrote, given back unchanged: asks, timers and reminders are data. */
typedef struct shoal_continuation {
  uint32_t id;
  uint32_t reserved;
  shoal_bytes payload; /* at most 64 KiB */
} shoal_continuation;

/* Names who waits for a reply; may be stored and used in a later turn. */
typedef struct shoal_reply_token {
  uint32_t token_size; /* bytes used of `bytes` */
  uint8_t bytes[SHOAL_REPLY_TOKEN_BYTES_MAX];
} shoal_reply_token;

typedef struct shoal_reply {
  uint32_t size;       /* sizeof(shoal_reply) */
  shoal_status status; /* OK, or why there is no answer */
  shoal_codec codec;
  uint32_t reserved;
  shoal_bytes body; /* of status OK: the answer; otherwise UTF-8 text */
} shoal_reply;

typedef struct shoal_emit {
  uint32_t size; /* sizeof(shoal_emit) */
  uint32_t header_count;
  shoal_bytes sink;  /* name of a `[[sinks]]` entry */
  shoal_bytes key;   /* may be null */
  shoal_bytes value; /* may be null */
  const shoal_header* headers;
  int64_t timestamp_ms; /* -1: the time it is sent */
} shoal_emit;

/* shoal_message.flags. A receipt goes with `ask` only: the message is then a tell, whose receiver sees no ask
 * and cannot reply. What comes to `on_reply` is the host's receipt: OK with an empty body when the level is
 * reached, else why not. A host that cannot reach a level says UNSUPPORTED. */
enum {
  SHOAL_MESSAGE_ONLY_IF_ACTIVE = 1u,    /* does not start an entity */
  SHOAL_MESSAGE_RECEIPT_ACCEPTED = 2u,  /* the owner has taken it: it has its turn, at once or later */
  SHOAL_MESSAGE_RECEIPT_PROCESSED = 4u, /* its turn has ended well */
  SHOAL_MESSAGE_RECEIPT_PERSISTED = 6u, /* what its turn changed outlives the host */
  SHOAL_MESSAGE_RECEIPT = 6u            /* the bits of the level; 0: none */
};

/* A message to an entity. */
typedef struct shoal_message {
  uint32_t size; /* sizeof(shoal_message) */
  uint32_t flags;
  shoal_bytes type;    /* entity type name */
  shoal_bytes id;      /* entity id, 1..1024 bytes */
  shoal_bytes message; /* message name */
  shoal_codec codec;
  uint32_t timeout_ms;    /* asks: 1..86,400,000; tells: 0 */
  shoal_bytes body;       /* may be null */
  shoal_bytes request_id; /* may be null; at most 64 bytes: the receiver runs one id once */
} shoal_message;

typedef struct shoal_timer {
  uint32_t size; /* sizeof(shoal_timer) */
  uint32_t reserved;
  shoal_bytes name;     /* 1..255 bytes; the same name replaces the timer */
  uint64_t delay_ms;    /* until the first time */
  uint64_t interval_ms; /* 0: once */
  shoal_continuation continuation;
} shoal_timer;

typedef struct shoal_reminder {
  uint32_t size; /* sizeof(shoal_reminder) */
  uint32_t reserved;
  shoal_bytes name;     /* 1..255 bytes; the same name replaces the reminder */
  int64_t due_ms;       /* since 1970-01-01 UTC */
  uint64_t interval_ms; /* 0: once */
  shoal_continuation continuation;
} shoal_reminder;

struct shoal_turn;

/* Effects of a turn. Every call copies what it takes. Effects are data: they leave the host after the turn
 * has ended well, and are thrown away when it fails. [lane] */
typedef struct shoal_effects {
  uint32_t size; /* sizeof(shoal_effects) */
  uint32_t reserved;
  /* Says why this turn fails; kept with the dead letter (first 1,024 bytes). Legal in every phase. */
  void (*set_error)(const struct shoal_turn* turn, shoal_bytes text);
  /* The W3C traceparent that came with the message or record; NOT_FOUND where there is none. */
  shoal_status (*traceparent)(const struct shoal_turn* turn, shoal_bytes* value);
  /* Answers the ask of this turn. A second reply is INVALID_ARGUMENT; a turn that is no ask: NOT_FOUND. */
  shoal_status (*reply)(const struct shoal_turn* turn, const shoal_reply* reply);
  shoal_status (*reply_token)(const struct shoal_turn* turn, shoal_reply_token* token);
  shoal_status (*reply_to)(const struct shoal_turn* turn, const shoal_reply_token* token,
                           const shoal_reply* reply);
  /* Sends a record to a sink. NOT_FOUND for an unknown sink; TOO_LARGE where the sink could never take it. */
  shoal_status (*emit)(const struct shoal_turn* turn, const shoal_emit* emit);
  /* Sends a message and waits for nothing. From one durable entity to another it has its effect once and
   * comes in order, also where hosts are killed in between, unless its flags say otherwise; then it has at
   * most 512 KiB (TOO_LARGE), and OVERLOADED says that too many wait for that shard. Any other comes at most
   * once. */
  shoal_status (*tell)(const struct shoal_turn* turn, const shoal_message* message);
  shoal_status (*ask)(const struct shoal_turn* turn, const shoal_message* message,
                      const shoal_continuation* continuation);
  /* Hands the message of this turn on to another entity, with its reply address. */
  shoal_status (*forward)(const struct shoal_turn* turn, const shoal_message* message);
  /* The message of this turn is refused; its record becomes a dead letter with this reason. The turn is no
   * failure. */
  shoal_status (*dead_letter)(const struct shoal_turn* turn, shoal_bytes reason);
  shoal_status (*set_timer)(const struct shoal_turn* turn, const shoal_timer* timer);
  shoal_status (*cancel_timer)(const struct shoal_turn* turn, shoal_bytes name);
  shoal_status (*set_receive_timeout)(const struct shoal_turn* turn,
                                      uint64_t timeout_ms); /* 0 takes it away */
  shoal_status (*stash)(const struct shoal_turn* turn);     /* keeps the message of this turn for later */
  shoal_status (*unstash)(const struct shoal_turn* turn);   /* runs all that was stashed, oldest first */
  /* Records an event and runs `apply` on it before it returns. */
  shoal_status (*persist)(const struct shoal_turn* turn, uint32_t event_index, shoal_bytes event);
  shoal_status (*set_reminder)(const struct shoal_turn* turn, const shoal_reminder* reminder);
  shoal_status (*cancel_reminder)(const struct shoal_turn* turn, shoal_bytes name);
  /* The entity leaves memory after this turn; the next message brings it back. */
  shoal_status (*passivate)(const struct shoal_turn* turn);
  /* The entity ends after this turn; the next message makes a new incarnation. */
  shoal_status (*stop)(const struct shoal_turn* turn);
} shoal_effects;

/* One call into a behaviour. */
typedef struct shoal_turn {
  uint32_t size; /* sizeof(shoal_turn) */
  shoal_phase phase;
  const shoal_effects* effects;
  void* state;                /* the host's */
  shoal_bytes entity_id;      /* 1..1024 bytes */
  int64_t now_ns;             /* wall clock since 1970-01-01 UTC, the same for the whole turn */
  uint64_t random;            /* 64 random bits, the same for the whole turn: seed a generator with it */
  const shoal_record* record; /* the record that caused this turn, or NULL */
  uint32_t shard;
  uint32_t expects_reply; /* 1 in the turn of an ask */
} shoal_turn;

enum {
  SHOAL_MESSAGE_TYPE_ACCEPTS_NULL = 1u
}; /* shoal_message_type.flags: a record with a null value is legal */

typedef struct shoal_message_type {
  uint32_t size; /* sizeof(shoal_message_type): also the stride of the table */
  uint32_t flags;
  const char* name;  /* `[A-Za-z][A-Za-z0-9_.-]{0,63}` */
  shoal_codec codec; /* the codec of its body */
  uint32_t reserved;
} shoal_message_type;

typedef struct shoal_event_type {
  uint32_t size; /* sizeof(shoal_event_type): also the stride of the table */
  uint32_t version;
  const char* name;
  shoal_codec codec;
  uint32_t reserved;
} shoal_event_type;

typedef uint32_t shoal_execution;
enum { SHOAL_EXECUTION_LANE = 0, SHOAL_EXECUTION_BLOCKING = 1 };

typedef uint32_t shoal_stop_reason;
enum { SHOAL_STOP_REASON_STOPPED = 1, SHOAL_STOP_REASON_PASSIVATED = 2, SHOAL_STOP_REASON_SHUTDOWN = 3 };

/* One entity type. `type` is what `configure` gave, `slot` the entity's memory, owned by the host. Optional
 * functions may be NULL. A function that throws must catch in the module and return FAILED. */
typedef struct shoal_entity_type {
  uint32_t size; /* sizeof(shoal_entity_type): also the stride of the table */
  shoal_execution execution;
  const char* name;        /* `[a-z][a-z0-9_-]{0,63}` */
  uint64_t slot_size;      /* bytes, 1..1 MiB */
  uint64_t slot_alignment; /* power of two, 1..4096 */
  uint32_t state_version;  /* of what `save` writes; 0 where there is no `save` */
  uint32_t message_count;  /* 1..4096 */
  const shoal_message_type* messages;
  const shoal_event_type* events; /* NULL with count 0 */
  uint32_t event_count;
  uint32_t reserved;

  /* Reads the type's configuration, once a generation, before any other call. Optional: then `type` is the
   * module's instance. [control] */
  shoal_status (*configure)(void* instance, const shoal_config* config, const shoal_writer* error,
                            void** type);
  /* Frees what `configure` made. Optional. [control] */
  void (*release)(void* type);

  /* Sees each record before its entity id is taken; the key may be null. OK, or DEAD_LETTER with the reason
   * written. Optional: then every record is let through. */
  shoal_status (*admit)(void* type, const shoal_record* record, const shoal_writer* reason);
  /* Makes an entity in `slot`. On failure nothing is left in it. */
  shoal_status (*construct)(void* type, void* slot, const shoal_turn* turn);
  void (*destroy)(void* type, void* slot);
  /* Runs one message. Any status but OK throws the turn's effects away; any but UNDECODABLE also the
   * entity. */
  shoal_status (*receive)(void* type, void* slot, const shoal_turn* turn, uint32_t message_index,
                          shoal_bytes body);
  /* The reply to an ask, or why there is none. Optional. */
  shoal_status (*on_reply)(void* type, void* slot, const shoal_turn* turn, const shoal_reply* reply,
                           const shoal_continuation* continuation);
  shoal_status (*on_timer)(void* type, void* slot, const shoal_turn* turn, shoal_bytes name,
                           const shoal_continuation* continuation);                   /* optional */
  shoal_status (*on_receive_timeout)(void* type, void* slot, const shoal_turn* turn); /* optional */
  shoal_status (*on_reminder)(void* type, void* slot, const shoal_turn* turn, shoal_bytes name,
                              const shoal_continuation* continuation); /* optional */
  /* The last turn before `destroy`. Optional. */
  shoal_status (*on_stop)(void* type, void* slot, const shoal_turn* turn, shoal_stop_reason reason);
  /* Changes the state by one event of the given version. Optional without events. */
  shoal_status (*apply)(void* type, void* slot, uint32_t event_index, uint32_t version, shoal_bytes event);
  /* Writes the state as of `state_version`. Optional. */
  shoal_status (*save)(void* type, const void* slot, const shoal_writer* writer);
  /* Reads a state of the given version into a constructed slot. Optional. */
  shoal_status (*load)(void* type, void* slot, uint32_t state_version, const shoal_reader* reader);
  /* Writes the state for people, as one JSON value. Optional. */
  shoal_status (*describe)(void* type, const void* slot, const shoal_writer* writer);
} shoal_entity_type;

/* What `get_factory("shoal.entity/1")` gives. */
typedef struct shoal_entity_factory {
  uint32_t size; /* sizeof(shoal_entity_factory) */
  uint32_t type_count;
  const shoal_entity_type* types;
} shoal_entity_factory;

#ifdef __cplusplus
}
#endif

#endif
