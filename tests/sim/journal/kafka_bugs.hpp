#pragma once
// KafkaBug: mistakes planted around the production objects of the Kafka log, to prove that the oracle sees
// them. A bug spoils what the log is told by Kafka, or what is asked of it; journal/ has no switch for any of
// them.

#include <array>
#include <cstdint>
#include <memory>

#include "journal/ids.hpp"
#include "journal/kafka_topic.hpp"

namespace shoal::sim {

enum class KafkaBug : std::uint8_t {
  none,
  answers_without_rule,      // every acknowledgement is taken for the offset that follows
  takes_unknown_as_counted,  // so is one without an offset
  takes_stale_decisions,     // claims whatever the decision
  believes_own_claim,        // takes its own claim for one that holds
  reads_before_claiming,     // what came between its reading and its claim is not read
  deletes_below_void,        // deletes below a checkpoint that is only acknowledged
  acknowledges_early,        // a message is acknowledged before it is written
  counts_failures,           // what was not written is taken for written
};

inline constexpr std::array all_kafka_bugs = {
    KafkaBug::answers_without_rule, KafkaBug::takes_unknown_as_counted, KafkaBug::takes_stale_decisions,
    KafkaBug::believes_own_claim,   KafkaBug::reads_before_claiming,    KafkaBug::deletes_below_void,
    KafkaBug::acknowledges_early,   KafkaBug::counts_failures,
};

const char* name_of(KafkaBug bug);

// A client of the process `owner`, and what a bug makes of it.
std::unique_ptr<journal::KafkaTopics> spoiled(std::unique_ptr<journal::KafkaTopics> client, KafkaBug bug,
                                              journal::OwnerId owner);

}  // namespace shoal::sim
