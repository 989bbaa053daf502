#include "host/lanes/turn.hpp"

#include "host/lanes/turn_effects.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::lanes {

Turn::Turn(const Options& options) : options_(options), random_state_(options.random_seed) {
  abi_.size = sizeof(shoal_turn);
  abi_.effects = &turn_effects();
  abi_.state = this;
}

void Turn::copy_call(const Turn& other) {
  const std::int64_t now_ns = abi_.now_ns;
  abi_ = other.abi_;
  abi_.state = this;
  abi_.now_ns = now_ns;
  entity_ = other.entity_;
  traceparent_ = other.traceparent_;
  reply_to_ = other.reply_to_;
  deadline_ns_ = other.deadline_ns_;
  message_bytes_ = other.message_bytes_;
  tag_ = other.tag_;
}

void Turn::begin_like(const Turn& other) {
  copy_call(other);
  mark_ = mark_now();
  reset();
}

void Turn::take_over(Turn& done) {
  begin_like(done);
  error_ = std::move(done.error_);
  changes_ = std::move(done.changes_);
  done.changes_.clear();
  if (done.reply_at_) reply_at_ = mark_.mail.envelope_bytes + *done.reply_at_;
  answered_ = done.answered_;
  token_taken_ = done.token_taken_;
  dead_lettered_ = done.dead_lettered_;
  Outbox& records = *done.options_.outbox;
  for (; !records.empty(); records.pop()) {
    const bool taken = options_.outbox->add(records.front());
    SHOAL_ASSERT(taken);  // whoever takes a turn over has left room for it
  }
  options_.mail->take_over(*done.options_.mail, steady_now_ns_ - done.steady_now_ns_);
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
