#pragma once
// Message: what members say to each other, as one plain struct with optional parts. Every message says who
// speaks, for which incarnation it is meant, and hashes of what the speaker knows; those between members
// carry news as far as the byte budget goes. Its bytes are in `wire`.
//
//   kind          sequence  subject  what it is for
//   ping          x                  answer me
//   ping_request  x         x        ping the subject for me
//   ack           x         x        the subject answered (I am it, or you had asked me)
//   nack          x         x        you had asked me, and it did not answer me either
//   gossip                           news only
//   digest                           `buckets`: the hashes of my table, for you to find where we differ
//   records                          records you lack; `wanted`: buckets that I want of you
//   seed_query, seed_answer          are you a member?  ·  `accepted`
//   join, welcome, refusal           let me in, with my record and `settings`  ·  you are in  ·  `reason`

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cluster/bits.hpp"
#include "cluster/member_table.hpp"
#include "cluster/node_metrics.hpp"

namespace shoal::cluster {

enum class MessageKind : std::uint8_t {
  ping,
  ping_request,
  ack,
  nack,
  gossip,
  digest,
  records,
  seed_query,
  seed_answer,
  join,
  welcome,
  refusal,
};

// What members must have alike, by name: how many shards, which partitioner, and so on.
using Settings = std::vector<std::pair<std::string, std::string>>;

struct Message {
  MessageKind kind = MessageKind::gossip;
  bool accepted = false;
  bool is_view_agreed = false;  // the speaker knows that its view is agreed on
  Uid from;
  Uid to;  // 0: whoever is at the address
  std::uint64_t content = 0;
  std::uint64_t view = 0;
  std::uint32_t sequence = 0;
  Uid subject;
  Bits acknowledged;  // of `view`; may be left out
  std::vector<Record> records;
  std::vector<NodeMetrics> metrics;
  std::vector<std::uint64_t> buckets;
  std::uint64_t wanted = 0;
  Settings settings;
  std::string reason;
};

}  // namespace shoal::cluster
