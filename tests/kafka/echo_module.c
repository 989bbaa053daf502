/* A module that shows which records were finished: type `echo` emits "partition offset" to the sink `out` for
 * every record it is given. The values "fail" and "undecodable" make the turn end that way. Message `count`
 * replies with the number of records that its entity has seen. */
#include <stdio.h>
#include <string.h>

#include "shoal/abi/entity.h"
#include "tests/modules/fixtures/stateless_module.h"
#include "tests/modules/fixtures/text_bytes.h"

enum { MESSAGE_RECORD = 0, MESSAGE_COUNT = 1, TEXT_BYTES_MAX = 64 };

typedef struct echo_state {
  uint64_t record_count;
} echo_state;

static int is(shoal_bytes bytes, const char* text) {
  return bytes.size == strlen(text) && memcmp(bytes.data, text, (size_t)bytes.size) == 0;
}

static shoal_status construct(void* type, void* slot, const shoal_turn* turn) {
  (void)type;
  (void)turn;
  ((echo_state*)slot)->record_count = 0;
  return SHOAL_STATUS_OK;
}

static void destroy(void* type, void* slot) {
  (void)type;
  (void)slot;
}

static shoal_status fail(const shoal_turn* turn, const char* why, shoal_status status) {
  turn->effects->set_error(turn, text_bytes(why));
  return status;
}

static shoal_status echo(echo_state* state, const shoal_turn* turn, shoal_bytes body) {
  char text[TEXT_BYTES_MAX];
  shoal_emit emit = {sizeof(emit), 0, text_bytes("out"), turn->entity_id, {NULL, 0}, NULL, -1};
  if (is(body, "fail")) return fail(turn, "told to fail", SHOAL_STATUS_FAILED);
  if (is(body, "undecodable")) return fail(turn, "told that it is undecodable", SHOAL_STATUS_UNDECODABLE);
  if (turn->record == NULL) return fail(turn, "not from a record", SHOAL_STATUS_FAILED);
  state->record_count += 1;
  (void)snprintf(text, sizeof(text), "%d %lld", (int)turn->record->partition,
                 (long long)turn->record->offset);
  emit.value = text_bytes(text);
  return turn->effects->emit(turn, &emit);
}

static shoal_status receive(void* type, void* slot, const shoal_turn* turn, uint32_t message_index,
                            shoal_bytes body) {
  echo_state* state = (echo_state*)slot;
  char text[TEXT_BYTES_MAX];
  shoal_reply reply = {sizeof(reply), SHOAL_STATUS_OK, SHOAL_CODEC_JSON, 0, {NULL, 0}};
  (void)type;
  if (message_index == MESSAGE_RECORD) return echo(state, turn, body);
  (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)state->record_count);
  reply.body = text_bytes(text);
  return turn->effects->reply(turn, &reply);
}

static const shoal_message_type messages[] = {
    {sizeof(shoal_message_type), 0, "record", SHOAL_CODEC_BYTES, 0},
    {sizeof(shoal_message_type), SHOAL_MESSAGE_TYPE_ACCEPTS_NULL, "count", SHOAL_CODEC_JSON, 0},
};

static const shoal_entity_type types[] = {{
    .size = sizeof(shoal_entity_type),
    .execution = SHOAL_EXECUTION_LANE,
    .name = "echo",
    .slot_size = sizeof(echo_state),
    .slot_alignment = _Alignof(echo_state),
    .message_count = 2,
    .messages = messages,
    .construct = construct,
    .destroy = destroy,
    .receive = receive,
}};

static const shoal_entity_factory factory = {sizeof(shoal_entity_factory), 1, types};

STATELESS_MODULE("echo", factory)
