#include "host/lanes/turn.hpp"

#include "host/lanes/turn_effects.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

// SplitMix64 (Steele, Lea, Flood 2014): one addition and a finalizer a turn.
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15U);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

}  // namespace

Turn::Turn(const Options& options) : options_(options), random_state_(options.random_seed) {
  abi_.size = sizeof(shoal_turn);
  abi_.effects = &turn_effects();
  abi_.state = this;
}

void Turn::begin(const TurnStart& start) {
  abi_.phase = start.phase;
  abi_.entity_id = to_bytes(start.entity_id);
  abi_.random = next_random(random_state_);
  abi_.record = start.record;
  abi_.shard = start.shard.value;
  abi_.expects_reply = start.reply_to.somebody() ? 1 : 0;
  mark_ = mark_now();
  traceparent_ = start.traceparent;
  reply_to_ = start.reply_to;
  deadline_ns_ = start.deadline_ns;
  message_bytes_ = start.message_bytes;
  tag_ = start.tag;
  error_.clear();
  if (changes_.any()) changes_.clear();
  reply_at_.reset();
  answered_ = false;
  token_taken_ = false;
  dead_lettered_ = false;
}

void Turn::roll_back_to(const Mark& mark) const {
  options_.outbox->roll_back(mark.outbox);
  options_.mail->roll_back(mark.mail);
}

void Turn::roll_back() {
  roll_back_to(mark_);
  changes_.clear();
  reply_at_.reset();
  answered_ = false;
  token_taken_ = false;
}

const Envelope* Turn::reply() const { return reply_at_ ? &options_.mail->envelope_at(*reply_at_) : nullptr; }

void Turn::reply_again(const shoal_reply& reply) { MessageEffects::send_reply(*this, reply); }

}  // namespace shoal::lanes
