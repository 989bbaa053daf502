#pragma once
// librdkafka's log lines in the host's log. Private to this folder.

#include <librdkafka/rdkafka.h>

namespace shoal::kafka {

// The log callback of every handle. Called on any of librdkafka's threads. [any-thread]
void log_line(const rd_kafka_t* client, int level, const char* facility, const char* text);

}  // namespace shoal::kafka
