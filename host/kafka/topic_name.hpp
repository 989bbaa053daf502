#pragma once
// The names Kafka allows for topics. Private to this folder.

#include <string>

#include "shoal/base/result.hpp"

namespace shoal::kafka {

// invalid_argument where no broker would take the name; librdkafka itself takes any.
Result<void> check_topic_name(const std::string& topic);

}  // namespace shoal::kafka
