/* The module of the local rows, in C11 so that it costs nothing but its calls through the ABI. Type `counter`
 * counts messages in a slot of 8 bytes; type `asker` asks another one again and again. */
#include "local_module.h"

#include <string.h>
#include <time.h>

#include "shoal/abi/entity.h"
#include "tests/modules/fixtures/stateless_module.h"
#include "tests/modules/fixtures/text_bytes.h"

enum { BODY_BYTES = 100, ASK_TIMEOUT_MS = 60000, CONTINUATION_REPLY = 1 };

static shoal_status answer(const shoal_turn* turn, const void* data, uint64_t size) {
  const shoal_bytes body = {(const uint8_t*)data, size};
  const shoal_reply reply = {sizeof(reply), SHOAL_STATUS_OK, SHOAL_CODEC_BYTES, 0, body};
  return turn->effects->reply(turn, &reply);
}

static void destroy(void* type, void* slot) {
  (void)type;
  (void)slot;
}

/* counter */

enum { COUNTER_ADD = 0, COUNTER_GET = 1 };

static shoal_status counter_construct(void* type, void* slot, const shoal_turn* turn) {
  (void)type;
  (void)turn;
  *(uint64_t*)slot = 0;
  return SHOAL_STATUS_OK;
}

static shoal_status counter_receive(void* type, void* slot, const shoal_turn* turn, uint32_t message_index,
                                    shoal_bytes body) {
  uint64_t* count = (uint64_t*)slot;
  (void)type;
  if (message_index == COUNTER_GET) {
    return answer(turn, count, sizeof(*count));
  }
  *count += body.size > 0;
  return SHOAL_STATUS_OK;
}

/* ledger: each message is an event */

enum { LEDGER_RECORD = 0, LEDGER_GET = 1, LEDGER_EVENT = 0, LEDGER_VERSION = 1 };

static shoal_status ledger_receive(void* type, void* slot, const shoal_turn* turn, uint32_t message_index,
                                   shoal_bytes body) {
  shoal_status status = SHOAL_STATUS_OK;
  (void)type;
  if (message_index == LEDGER_GET) {
    return answer(turn, slot, sizeof(uint64_t));
  }
  status = turn->effects->persist(turn, LEDGER_EVENT, body);
  return status == SHOAL_STATUS_OK && turn->expects_reply != 0 ? answer(turn, "", 0) : status;
}

static shoal_status ledger_apply(void* type, void* slot, uint32_t event_index, uint32_t version,
                                 shoal_bytes event) {
  (void)type;
  (void)event_index;
  (void)version;
  *(uint64_t*)slot += event.size > 0;
  return SHOAL_STATUS_OK;
}

static shoal_status ledger_save(void* type, const void* slot, const shoal_writer* writer) {
  const shoal_bytes state = {(const uint8_t*)slot, sizeof(uint64_t)};
  (void)type;
  return writer->write(writer->state, state);
}

static shoal_status ledger_load(void* type, void* slot, uint32_t state_version, const shoal_reader* reader) {
  shoal_bytes state = {NULL, 0};
  (void)type;
  (void)state_version;
  if (reader->read(reader->state, sizeof(uint64_t), &state) != SHOAL_STATUS_OK ||
      state.size != sizeof(uint64_t)) {
    return SHOAL_STATUS_UNDECODABLE;
  }
  memcpy(slot, state.data, sizeof(uint64_t));
  return SHOAL_STATUS_OK;
}

/* asker */

enum { ASKER_RUN = 0, ASKER_PING = 1 };

typedef struct asker {
  ask_order order;
  shoal_reply_token token; /* of `run` */
  uint64_t started_ns;
  uint32_t asked;
  ask_report report; /* the report's bytes and the samples stand together */
  uint32_t samples[ASKS_MAX];
} asker;

static uint64_t now_ns(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static shoal_status asker_construct(void* type, void* slot, const shoal_turn* turn) {
  asker* self = (asker*)slot;
  (void)type;
  (void)turn;
  memset(&self->order, 0, sizeof(self->order));
  self->asked = 0;
  return SHOAL_STATUS_OK;
}

/* The time of asking travels in the continuation, since many asks are on their way. */
static shoal_status ask_peer(asker* self, const shoal_turn* turn, uint64_t asked_ns) {
  static const uint8_t body[EVENT_BYTES] = {1};
  const uint32_t persists = self->order.persists;
  const shoal_bytes peer = {(const uint8_t*)self->order.peer, self->order.peer_size};
  shoal_message message = {.size = sizeof(message), .codec = SHOAL_CODEC_BYTES, .timeout_ms = ASK_TIMEOUT_MS};
  shoal_continuation continuation = {CONTINUATION_REPLY, 0, {(const uint8_t*)&asked_ns, sizeof(asked_ns)}};
  message.type = text_bytes(persists != 0 ? "ledger" : "asker");
  message.id = peer;
  message.message = text_bytes(persists != 0 ? "record" : "ping");
  message.body.data = body;
  message.body.size = persists != 0 ? EVENT_BYTES : BODY_BYTES;
  ++self->asked;
  return turn->effects->ask(turn, &message, &continuation);
}

static shoal_status run(asker* self, const shoal_turn* turn, shoal_bytes body) {
  shoal_status status = SHOAL_STATUS_OK;
  if (body.size != sizeof(self->order)) {
    return SHOAL_STATUS_UNDECODABLE;
  }
  memcpy(&self->order, body.data, sizeof(self->order));
  if (self->order.asks == 0 || self->order.asks > ASKS_MAX || self->order.outstanding > self->order.asks ||
      self->order.peer_size > PEER_ID_BYTES_MAX) {
    return SHOAL_STATUS_UNDECODABLE;
  }
  memset(&self->report, 0, sizeof(self->report));
  self->asked = 0;
  status = turn->effects->reply_token(turn, &self->token);
  self->started_ns = now_ns();
  while (status == SHOAL_STATUS_OK && self->asked < self->order.outstanding) {
    status = ask_peer(self, turn, self->started_ns);
  }
  return status;
}

static shoal_status asker_receive(void* type, void* slot, const shoal_turn* turn, uint32_t message_index,
                                  shoal_bytes body) {
  (void)type;
  return message_index == ASKER_PING ? answer(turn, "", 0) : run((asker*)slot, turn, body);
}

static shoal_status asker_on_reply(void* type, void* slot, const shoal_turn* turn, const shoal_reply* reply,
                                   const shoal_continuation* continuation) {
  asker* self = (asker*)slot;
  const uint64_t now = now_ns();
  uint64_t asked_ns = now;
  (void)type;
  memcpy(&asked_ns, continuation->payload.data, sizeof(asked_ns));
  self->report.failed += reply->status != SHOAL_STATUS_OK;
  self->samples[self->report.asks++] = (uint32_t)(now - asked_ns);
  if (self->asked < self->order.asks) {
    return ask_peer(self, turn, now);
  }
  if (self->report.asks < self->order.asks) {
    return SHOAL_STATUS_OK;
  }
  self->report.total_ns = now - self->started_ns;
  {
    const uint64_t size = sizeof(self->report) + self->order.asks * sizeof(self->samples[0]);
    const shoal_bytes body = {(const uint8_t*)&self->report, size};
    const shoal_reply report = {sizeof(report), SHOAL_STATUS_OK, SHOAL_CODEC_BYTES, 0, body};
    return turn->effects->reply_to(turn, &self->token, &report);
  }
}

/* The module */

static const shoal_message_type counter_messages[] = {
    {sizeof(shoal_message_type), 0, "add", SHOAL_CODEC_BYTES, 0},
    {sizeof(shoal_message_type), SHOAL_MESSAGE_TYPE_ACCEPTS_NULL, "get", SHOAL_CODEC_BYTES, 0},
};
static const shoal_message_type ledger_messages[] = {
    {sizeof(shoal_message_type), 0, "record", SHOAL_CODEC_BYTES, 0},
    {sizeof(shoal_message_type), SHOAL_MESSAGE_TYPE_ACCEPTS_NULL, "get", SHOAL_CODEC_BYTES, 0},
};
static const shoal_event_type ledger_events[] = {
    {sizeof(shoal_event_type), LEDGER_VERSION, "recorded", SHOAL_CODEC_BYTES, 0},
};
static const shoal_message_type asker_messages[] = {
    {sizeof(shoal_message_type), 0, "run", SHOAL_CODEC_BYTES, 0},
    {sizeof(shoal_message_type), 0, "ping", SHOAL_CODEC_BYTES, 0},
};

static const shoal_entity_type types[] = {
    {.size = sizeof(shoal_entity_type),
     .execution = SHOAL_EXECUTION_LANE,
     .name = "counter",
     .slot_size = sizeof(uint64_t),
     .slot_alignment = _Alignof(uint64_t),
     .message_count = 2,
     .messages = counter_messages,
     .construct = counter_construct,
     .destroy = destroy,
     .receive = counter_receive},
    {.size = sizeof(shoal_entity_type),
     .execution = SHOAL_EXECUTION_LANE,
     .name = "ledger",
     .slot_size = sizeof(uint64_t),
     .slot_alignment = _Alignof(uint64_t),
     .state_version = LEDGER_VERSION,
     .message_count = 2,
     .messages = ledger_messages,
     .events = ledger_events,
     .event_count = 1,
     .construct = counter_construct,
     .destroy = destroy,
     .receive = ledger_receive,
     .apply = ledger_apply,
     .save = ledger_save,
     .load = ledger_load},
    {.size = sizeof(shoal_entity_type),
     .execution = SHOAL_EXECUTION_LANE,
     .name = "asker",
     .slot_size = sizeof(asker),
     .slot_alignment = _Alignof(asker),
     .message_count = 2,
     .messages = asker_messages,
     .construct = asker_construct,
     .destroy = destroy,
     .receive = asker_receive,
     .on_reply = asker_on_reply},
};

static const shoal_entity_factory factory = {sizeof(shoal_entity_factory), 3, types};

STATELESS_MODULE("local_bench", factory)
