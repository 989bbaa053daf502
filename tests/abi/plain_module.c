/* A module in C11 with the ABI headers alone: type `plain` adds up numbers written as text. With
 * SHOAL_TESTS_MODULE_ABI defined its handshake claims that number instead of the headers' own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shoal/abi/entity.h"
#include "shoal/abi/module.h"

#ifndef SHOAL_TESTS_MODULE_ABI
#define SHOAL_TESTS_MODULE_ABI SHOAL_ABI
#endif

typedef struct plain_state {
  int64_t sum;
} plain_state;

enum { MESSAGE_ADD = 0, MESSAGE_GET = 1, MESSAGE_FAIL = 2, TEXT_BYTES_MAX = 32 };

static shoal_bytes text_bytes(const char* text) {
  const shoal_bytes bytes = {(const uint8_t*)text, strlen(text)};
  return bytes;
}

static shoal_bytes sum_as_text(int64_t sum, char text[TEXT_BYTES_MAX]) {
  (void)snprintf(text, TEXT_BYTES_MAX, "%lld", (long long)sum);
  return text_bytes(text);
}

static shoal_status text_to_number(shoal_bytes text, int64_t* number) {
  char copy[TEXT_BYTES_MAX];
  char* end = copy;
  if (text.data == NULL || text.size == 0 || text.size >= sizeof(copy)) {
    return SHOAL_STATUS_UNDECODABLE;
  }
  memcpy(copy, text.data, (size_t)text.size);
  copy[text.size] = '\0';
  *number = strtoll(copy, &end, 10);
  return *end == '\0' ? SHOAL_STATUS_OK : SHOAL_STATUS_UNDECODABLE;
}

static shoal_status construct(void* type, void* slot, const shoal_turn* turn) {
  (void)type;
  (void)turn;
  ((plain_state*)slot)->sum = 0;
  return SHOAL_STATUS_OK;
}

static void destroy(void* type, void* slot) {
  (void)type;
  (void)slot;
}

static shoal_status receive(void* type, void* slot, const shoal_turn* turn, uint32_t message_index,
                            shoal_bytes body) {
  plain_state* state = (plain_state*)slot;
  char text[TEXT_BYTES_MAX];
  shoal_reply reply = {sizeof(reply), SHOAL_STATUS_OK, SHOAL_CODEC_BYTES, 0, {NULL, 0}};
  int64_t number = 0;
  (void)type;
  switch (message_index) {
    case MESSAGE_ADD:
      if (text_to_number(body, &number) != SHOAL_STATUS_OK) {
        turn->effects->set_error(turn, text_bytes("not a number"));
        return SHOAL_STATUS_UNDECODABLE;
      }
      state->sum += number;
      return SHOAL_STATUS_OK;
    case MESSAGE_GET:
      reply.body = sum_as_text(state->sum, text);
      return turn->effects->reply(turn, &reply);
    default:
      turn->effects->set_error(turn, text_bytes("told to fail"));
      return SHOAL_STATUS_FAILED;
  }
}

static shoal_status save(void* type, const void* slot, const shoal_writer* writer) {
  char text[TEXT_BYTES_MAX];
  (void)type;
  return writer->write(writer->state, sum_as_text(((const plain_state*)slot)->sum, text));
}

static shoal_status load(void* type, void* slot, uint32_t state_version, const shoal_reader* reader) {
  char text[TEXT_BYTES_MAX];
  uint64_t size = 0;
  (void)type;
  if (state_version != 1) {
    return SHOAL_STATUS_UNDECODABLE;
  }
  while (size < sizeof(text)) {
    shoal_bytes chunk = {NULL, 0};
    const shoal_status status = reader->read(reader->state, sizeof(text) - size, &chunk);
    if (status != SHOAL_STATUS_OK) {
      return status;
    }
    if (chunk.size == 0) {
      const shoal_bytes whole = {(const uint8_t*)text, size};
      return text_to_number(whole, &((plain_state*)slot)->sum);
    }
    memcpy(text + size, chunk.data, (size_t)chunk.size);
    size += chunk.size;
  }
  return SHOAL_STATUS_TOO_LARGE;
}

static const shoal_message_type messages[] = {
    {sizeof(shoal_message_type), 0, "add", SHOAL_CODEC_BYTES, 0},
    {sizeof(shoal_message_type), SHOAL_MESSAGE_TYPE_ACCEPTS_NULL, "get", SHOAL_CODEC_BYTES, 0},
    {sizeof(shoal_message_type), SHOAL_MESSAGE_TYPE_ACCEPTS_NULL, "fail", SHOAL_CODEC_BYTES, 0},
};

static const shoal_entity_type types[] = {{
    .size = sizeof(shoal_entity_type),
    .execution = SHOAL_EXECUTION_LANE,
    .name = "plain",
    .slot_size = sizeof(plain_state),
    .slot_alignment = _Alignof(plain_state),
    .state_version = 1,
    .message_count = 3,
    .messages = messages,
    .construct = construct,
    .destroy = destroy,
    .receive = receive,
    .save = save,
    .load = load,
}};

static const shoal_entity_factory factory = {sizeof(shoal_entity_factory), 1, types};

static shoal_status init(const shoal_host* host, const shoal_config* config, const shoal_writer* error,
                         void** instance) {
  (void)host;
  (void)config;
  (void)error;
  *instance = NULL;
  return SHOAL_STATUS_OK;
}

static shoal_status quiesce(void* instance) {
  (void)instance;
  return SHOAL_STATUS_OK;
}

static void deinit(void* instance) { (void)instance; }

static const void* get_factory(void* instance, const char* id) {
  (void)instance;
  return strcmp(id, SHOAL_ENTITY_FACTORY_ID) == 0 ? &factory : NULL;
}

static const shoal_module module = {
    .magic = SHOAL_MODULE_MAGIC,
    .size = sizeof(shoal_module),
    .abi = SHOAL_TESTS_MODULE_ABI,
    .id = "plain",
    .version = "1",
    .built_with = "a C11 compiler",
    .init = init,
    .quiesce = quiesce,
    .deinit = deinit,
    .get_factory = get_factory,
};

const shoal_module* shoal_module_entry(void) { return &module; }
