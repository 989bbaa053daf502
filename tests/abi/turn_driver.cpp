// Goal: run a module's turns in a test as a host would. Method: a table of effects that keeps what it is
// given.
#include "tests/abi/turn_driver.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::tests {
namespace {

constexpr std::uint64_t chunk_bytes_max = 7;

Outcome& outcome_of(const shoal_turn* turn) { return *static_cast<Outcome*>(turn->state); }

void set_error(const shoal_turn* turn, shoal_bytes text) { outcome_of(turn).error = to_view(text); }

shoal_status reply(const shoal_turn* turn, const shoal_reply* answer) {
  outcome_of(turn).reply = std::string(to_view(answer->body));
  return SHOAL_STATUS_OK;
}

template <class... Arguments>
shoal_status unsupported(const shoal_turn*, Arguments...) {
  return SHOAL_STATUS_UNSUPPORTED;
}

constexpr shoal_effects effects = {
    .size = sizeof(shoal_effects),
    .reserved = 0,
    .set_error = set_error,
    .traceparent = unsupported,
    .reply = reply,
    .reply_token = unsupported,
    .reply_to = unsupported,
    .emit = unsupported,
    .tell = unsupported,
    .ask = unsupported,
    .forward = unsupported,
    .dead_letter = unsupported,
    .set_timer = unsupported,
    .cancel_timer = unsupported,
    .set_receive_timeout = unsupported,
    .stash = unsupported,
    .unstash = unsupported,
    .persist = unsupported,
    .set_reminder = unsupported,
    .cancel_reminder = unsupported,
    .passivate = unsupported,
    .stop = unsupported,
};

shoal_turn make_turn(shoal_phase phase, std::string_view id, Outcome& outcome) {
  shoal_turn turn{};
  turn.size = sizeof(turn);
  turn.phase = phase;
  turn.effects = &effects;
  turn.state = &outcome;
  turn.entity_id = to_bytes(id);
  turn.expects_reply = 1;
  return turn;
}

shoal_status append_chunk(void* state, shoal_bytes chunk) {
  static_cast<std::string*>(state)->append(to_view(chunk));
  return SHOAL_STATUS_OK;
}

shoal_status next_chunk(void* state, std::uint64_t size_max, shoal_bytes* chunk) {
  auto& left = *static_cast<std::string_view*>(state);
  const std::string_view taken = left.substr(0, std::min(size_max, chunk_bytes_max));
  left.remove_prefix(taken.size());
  *chunk = to_bytes(taken);
  return SHOAL_STATUS_OK;
}

}  // namespace

void Entity::SlotRelease::operator()(void* memory) const {
  ::operator delete(memory, size, std::align_val_t{alignment});
}

Entity::Entity(std::shared_ptr<const modules::EntityType> type, std::string id)
    : type_(std::move(type)),
      id_(std::move(id)),
      slot_(::operator new(type_->abi->slot_size, std::align_val_t{type_->abi->slot_alignment}),
            SlotRelease{type_->abi->slot_size, type_->abi->slot_alignment}) {
  const shoal_turn turn = make_turn(SHOAL_PHASE_CONSTRUCT, id_, construction_);
  construction_.status = type_->abi->construct(type_->state, slot_.get(), &turn);
}

Entity::~Entity() {
  if (construction_.status == SHOAL_STATUS_OK) {
    type_->abi->destroy(type_->state, slot_.get());
  }
}

Outcome Entity::receive(std::string_view message, std::string_view body) {
  const std::optional<std::uint32_t> index = type_->find_message(message);
  SHOAL_ASSERT(index.has_value());
  Outcome outcome;
  const shoal_turn turn = make_turn(SHOAL_PHASE_RECEIVE, id_, outcome);
  outcome.status = type_->abi->receive(type_->state, slot_.get(), &turn, *index, to_bytes(body));
  return outcome;
}

std::optional<std::string> Entity::save() const {
  std::string state;
  const shoal_writer writer{sizeof(writer), 0, &state, append_chunk};
  if (type_->abi->save(type_->state, slot_.get(), &writer) != SHOAL_STATUS_OK) {
    return std::nullopt;
  }
  return state;
}

shoal_status Entity::load(std::uint32_t state_version, std::string_view state) {
  std::string_view left = state;
  const shoal_reader reader{sizeof(reader), 0, &left, state.size(), next_chunk};
  return type_->abi->load(type_->state, slot_.get(), state_version, &reader);
}

}  // namespace shoal::tests
