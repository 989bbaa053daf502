#pragma once
// Is the topic there? Asked before the first record, so that nothing is sent to a place that does not exist.

#include <chrono>
#include <string>

#include "host/config/config.hpp"
#include "shoal/base/result.hpp"

namespace shoal::kafka {

// Looks for `topic` in the cluster's list of topics: asking for it by name would create it on a broker that
// creates topics by itself. Waits up to `timeout`. Errors: not_found with the command that creates the topic,
// unreachable, bad_config (a key of `kafka.client`), failed with the broker's words.
Result<void> check_feed_topic(const config::Kafka& kafka, const std::string& topic,
                              std::chrono::milliseconds timeout);

}  // namespace shoal::kafka
