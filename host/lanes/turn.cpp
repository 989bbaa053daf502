#include "host/lanes/turn.hpp"

#include "host/lanes/turn_effects.hpp"

namespace shoal::lanes {

Turn::Turn(const Options& options) : options_(options), random_state_(options.random_seed) {
  abi_.size = sizeof(shoal_turn);
  abi_.effects = &turn_effects();
  abi_.state = this;
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
