// The sound tables of hand_made_module.hpp.
#include "hand_made_module.hpp"

#include <cstdint>

namespace shoal::tests {

Behaviour on_receive = nullptr;
Behaviour on_construct = nullptr;
Behaviour on_timer = nullptr;
Behaviour on_stop = nullptr;
HandMadeModule* current = nullptr;

namespace {

shoal_status call(Behaviour behaviour, const shoal_turn* turn, shoal_bytes body) {
  return behaviour == nullptr ? shoal_status{SHOAL_STATUS_OK} : behaviour(turn, body);
}

shoal_status init(const shoal_host*, const shoal_config*, const shoal_writer*, void**) {
  return SHOAL_STATUS_OK;
}
shoal_status quiesce(void*) { return SHOAL_STATUS_OK; }
void deinit(void*) {}
const void* get_factory(void*, const char*) { return &current->factory; }

shoal_status construct(void*, void*, const shoal_turn* turn) {
  return call(on_construct, turn, {nullptr, 0});
}
void destroy(void*, void*) {}
shoal_status receive(void*, void*, const shoal_turn* turn, std::uint32_t, shoal_bytes body) {
  return call(on_receive, turn, body);
}
shoal_status timer(void*, void*, const shoal_turn* turn, shoal_bytes name, const shoal_continuation*) {
  return call(on_timer, turn, name);
}
shoal_status reply(void*, void*, const shoal_turn*, const shoal_reply*, const shoal_continuation*) {
  return SHOAL_STATUS_OK;
}
shoal_status quiet(void*, void*, const shoal_turn*) { return SHOAL_STATUS_OK; }
shoal_status last(void*, void*, const shoal_turn* turn, shoal_stop_reason) {
  return call(on_stop, turn, {nullptr, 0});
}
shoal_status apply(void*, void*, std::uint32_t, std::uint32_t, shoal_bytes) { return SHOAL_STATUS_OK; }

}  // namespace

HandMadeModule::HandMadeModule() {
  current = this;
  on_receive = on_construct = on_timer = on_stop = nullptr;
  message = {sizeof(message), 0, "poke", SHOAL_CODEC_BYTES, 0};
  event = {sizeof(event), 1, "happened", SHOAL_CODEC_BYTES, 0};
  type.size = sizeof(type);
  type.name = "thing";
  type.slot_size = 1;
  type.slot_alignment = 1;
  type.message_count = 1;
  type.messages = &message;
  type.event_count = 1;
  type.events = &event;
  type.construct = &construct;
  type.destroy = &destroy;
  type.receive = &receive;
  type.on_timer = &timer;
  type.on_reminder = &timer;
  type.on_reply = &reply;
  type.on_receive_timeout = &quiet;
  type.on_stop = &last;
  type.apply = &apply;
  factory = {sizeof(factory), 1, &type};
  module = {SHOAL_MODULE_MAGIC, sizeof(module), SHOAL_ABI, "made",  "1",
            "by hand",          &init,          &quiesce,  &deinit, &get_factory};
}

}  // namespace shoal::tests

extern "C" const shoal_module* shoal_module_entry() { return &shoal::tests::current->module; }
