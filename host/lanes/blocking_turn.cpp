#include "host/lanes/blocking_turn.hpp"

#include "host/lanes/last_turn.hpp"
#include "host/modules/bounded_writer.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kDescriptionBytesMax = 1024 * 1024;

Turn::Options with_buffers(Turn::Options options, Outbox& records, Mail& mail) {
  options.outbox = &records;
  options.mail = &mail;
  return options;
}

}  // namespace

Result<std::string> describe_slot(const modules::EntityType& type, const void* slot) {
  if (type.abi->describe == nullptr) {
    return error(ErrorCode::refused,
                 "type " + type.name + " does not describe its state: give it a `describe`");
  }
  modules::BoundedWriter text(kDescriptionBytesMax);
  if (type.abi->describe(type.state, slot, text.abi()) != SHOAL_STATUS_OK) {
    return error(ErrorCode::failed,
                 "describing an entity of type " + type.name + " failed in module " + type.generation->id());
  }
  return std::string(text.text());
}

BlockingTurn::BlockingTurn(Turn::Options options) : turn(with_buffers(options, records, mail)) {}

void BlockingTurn::run(std::int64_t wall_clock_ns, std::int64_t steady_ns, TurnWatch& watch) {
  if (on_described) {
    description = describe_slot(*type, slot);
    return;
  }
  turn.begin_batch(wall_clock_ns, steady_ns);
  run_calls(steady_ns, watch);
  effect_bytes = records.bytes() + mail.bytes();
}

void BlockingTurn::run_calls(std::int64_t steady_ns, TurnWatch& watch) {
  if (!call) return last_turn(last_reason, watch);
  if (deadline_ns != 0 && steady_ns >= deadline_ns) {
    end = BlockingEnd::too_late;
    return;
  }
  if (constructs) {
    turn.enter(SHOAL_PHASE_CONSTRUCT);
    status = type->abi->construct(type->state, slot, turn.abi());
    if (status != SHOAL_STATUS_OK) {
      turn.roll_back();
      end = BlockingEnd::construct_failed;
      return;
    }
    turn.enter(SHOAL_PHASE_RECEIVE);
  }
  status = call(*type, slot, turn.abi());
  if (status != SHOAL_STATUS_OK) {
    turn.roll_back();
    if (status == SHOAL_STATUS_UNDECODABLE && !kept) status = SHOAL_STATUS_FAILED;
    // An undecodable body never reached the behaviour: the entity is as it was before.
    if (status != SHOAL_STATUS_UNDECODABLE || constructs) type->abi->destroy(type->state, slot);
    return;
  }
  const shoal_stop_reason reason = turn.changes().stop_reason;
  if (reason != 0 && rule.of(reason) == Leaving::ends) last_turn(rule.reason_of_end(reason), watch);
}

void BlockingTurn::clear() {
  catalogue.reset();
  constructs = false;
  is_reply = false;
  call = nullptr;
  rule = {};
  last_reason = 0;
  kept.reset();
  deadline_ns = 0;
  on_described = nullptr;
  end = BlockingEnd::ran;
  status = SHOAL_STATUS_OK;
  left = false;
  description.reset();
  effect_bytes = 0;
}

void BlockingTurn::last_turn(shoal_stop_reason reason, TurnWatch& watch) {
  run_last_turn(*type, slot, turn, reason, watch);
  type->abi->destroy(type->state, slot);
  left = true;
}

}  // namespace shoal::lanes
