#include "host/kafka/topic_name.hpp"

#include <string_view>

namespace shoal::kafka {

namespace {

constexpr std::size_t name_size_max = 249;
constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

}  // namespace

Result<void> check_topic_name(const std::string& topic) {
  if (topic.empty() || topic.size() > name_size_max || topic == "." || topic == ".." ||
      topic.find_first_not_of(letters) != std::string::npos) {
    return error(ErrorCode::invalid_argument,
                 "\"" + topic +
                     "\" is no topic name: Kafka takes 1 to 249 of a-z A-Z 0-9 . _ -, "
                     "and neither . nor ..");
  }
  return success();
}

}  // namespace shoal::kafka
