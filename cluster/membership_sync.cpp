// How tables that differ are made alike: a digest of all buckets, then whole buckets one way, then what is
// missing the other way.
//
//   digest (hashes of my buckets) ──► records (each bucket in which we differ, whole; `wanted` names them)
//                                 ◄── records (what I know more of those buckets)

#include <algorithm>
#include <utility>

#include "cluster/membership.hpp"
#include "cluster/wire.hpp"

namespace shoal::cluster {

namespace {

// What one message told, by which the receiver finds what the sender lacks.
class Told {
 public:
  explicit Told(const std::vector<Record>& records) {
    for (const Record& record : records) hashes_.emplace_back(record.member.uid(), hash_of(record));
    std::sort(hashes_.begin(), hashes_.end());
  }

  bool has(const Record& record) const {
    return std::binary_search(hashes_.begin(), hashes_.end(),
                              std::pair(record.member.uid(), hash_of(record)));
  }

 private:
  // All tombstones of an incarnation are alike, whatever their age.
  static std::uint64_t hash_of(const Record& record) {
    return record.member.state == MemberState::removed ? 0 : content_hash(record.member);
  }

  std::vector<std::pair<Uid, std::uint64_t>> hashes_;
};

}  // namespace

// Tables that still differ when there is nothing left to tell, or too much, are compared.
void Membership::offer_sync(const Message& message) {
  const bool is_told_soon = !rumours_.empty() && rumours_.size() <= config_.gossip.told_on_max;
  if (message.content == table_.content() || is_told_soon) return;
  if (message.kind == MessageKind::digest || message.kind == MessageKind::records) return;
  if (now_ms_ < next_sync_ms_) return;
  const std::int64_t interval_ms = config_.gossip.sync_interval_ms;
  next_sync_ms_ = now_ms_ + interval_ms +
                  static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(interval_ms)));
  Message digest = message_of(MessageKind::digest);
  digest.buckets.assign(table_.buckets().begin(), table_.buckets().end());
  send(message.from, std::move(digest));
}

// One an interval, so that a member whom all ask (the seed of a cluster that forms) is not asked for more
// than it can tell; who gets no answer asks somebody else.
void Membership::answer_digest(const Message& message) {
  if (message.buckets.size() != MemberTable::bucket_count || now_ms_ < next_answer_ms_) return;
  std::uint64_t mask = 0;
  for (std::size_t i = 0; i < MemberTable::bucket_count; ++i) {
    if (message.buckets[i] != table_.buckets()[i]) mask |= std::uint64_t{1} << i;
  }
  if (mask == 0) return;
  next_answer_ms_ = now_ms_ + config_.gossip.interval_ms;
  send_buckets(message.from, mask);
}

// Whole buckets, as many as fit a message, from a random one on: what is over `sync_bytes_max` is found by
// another digest.
void Membership::send_buckets(Uid to, std::uint64_t mask) {
  const MemberTable::UidsOfBuckets uids = table_.uids_of_buckets(mask);
  const std::size_t first = random_.below(MemberTable::bucket_count);
  Message message = message_of(MessageKind::records);
  std::size_t bytes = 0;
  std::size_t bytes_sent = 0;
  for (std::size_t step = 0; step < MemberTable::bucket_count; ++step) {
    const std::size_t bucket = (first + step) % MemberTable::bucket_count;
    if ((mask >> bucket & 1) == 0) continue;
    for (const Uid uid : uids[bucket]) {
      message.records.push_back(*table_.record_of(uid, now_ms_));
      bytes += wire_bytes(message.records.back());
    }
    message.wanted |= std::uint64_t{1} << bucket;
    if (bytes < config_.gossip.sync_message_bytes) continue;
    bytes_sent += bytes;
    bytes = 0;
    send(to, std::exchange(message, message_of(MessageKind::records)));
    if (bytes_sent >= config_.gossip.sync_bytes_max) return;
  }
  if (message.wanted != 0) send(to, std::move(message));
}

// What this node knows more of the buckets that it was told whole.
void Membership::answer_records(const Message& message) {
  if (message.wanted == 0) return;
  const Told told(message.records);
  Message answer = message_of(MessageKind::records);
  std::size_t bytes = 0;
  for (const std::vector<Uid>& uids : table_.uids_of_buckets(message.wanted)) {
    for (const Uid uid : uids) {
      Record record = *table_.record_of(uid, now_ms_);
      if (told.has(record)) continue;
      bytes += wire_bytes(record);
      answer.records.push_back(std::move(record));
      if (bytes < config_.gossip.sync_message_bytes) continue;
      bytes = 0;
      send(message.from, std::exchange(answer, message_of(MessageKind::records)));
    }
  }
  if (!answer.records.empty()) send(message.from, std::move(answer));
}

// Those who watch each other compare tables whenever they speak; this compares with anybody, so that nodes
// whom the ring does not bring together hear of each other's news even where it was told in vain.
void Membership::compare_with_anybody() {
  next_compare_ms_ = now_ms_ + config_.gossip.compare_interval_ms;
  if (const auto listener = draw_listener({})) send(*listener, message_of(MessageKind::gossip));
}

}  // namespace shoal::cluster
