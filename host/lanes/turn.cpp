#include "host/lanes/turn.hpp"

#include <utility>

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
  message_ = other.message_;
  tag_ = other.tag_;
}

void Turn::begin_like(const Turn& other) {
  copy_call(other);
  reset();
}

void Turn::take_over(Turn& done) {
  begin_like(done);
  error_ = std::move(done.error_);
  changes_ = std::move(done.changes_);
  changed_ = std::exchange(done.changed_, false);
  done.changes_.clear();
  begin_sending();
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
  options_.outbox->roll_back(mark.records);
  options_.mail->roll_back(mark.mail);
}

void Turn::roll_back() {
  if (sends_) roll_back_to(mark_);
  sends_ = false;
  changes_.clear();
  changed_ = false;
  if (durable_ != nullptr) durable_->clear();
  reply_at_.reset();
  answered_ = false;
  token_taken_ = false;
}

const Envelope* Turn::reply() const { return reply_at_ ? &options_.mail->envelope_at(*reply_at_) : nullptr; }

void Turn::reply_again(const shoal_reply& reply) { MessageEffects::send_reply(*this, reply); }

}  // namespace shoal::lanes
