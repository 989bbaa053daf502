#include "host/kafka/log_bridge.hpp"

#include <spdlog/spdlog.h>
#include <syslog.h>

#include <cstring>

namespace shoal::kafka {

void log_line(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  spdlog::level::level_enum severity = spdlog::level::debug;
  if (std::strcmp(facility, "AUTOCREATE") == 0) {
    // Said of the mock cluster at each start: it creates what it is asked for, which the host avoids by
    // itself.
  } else if (level <= LOG_ERR) {
    severity = spdlog::level::err;
  } else if (level == LOG_WARNING) {
    severity = spdlog::level::warn;
  } else if (level <= LOG_INFO) {
    severity = spdlog::level::info;
  }
  spdlog::log(severity, "kafka client {}: {}: {}", client == nullptr ? "(starting)" : rd_kafka_name(client),
              facility, text);
}

}  // namespace shoal::kafka
