// What the settings of a journal topic must be: pure.

#include "journal/kafka_admin.hpp"

#include <charconv>
#include <optional>

namespace shoal::journal {
namespace {

constexpr std::int64_t topic_message_bytes_min = 1'114'112;

std::string setting_of(const KafkaTopicSettings& settings, const std::string& name) {
  const auto at = settings.find(name);
  return at == settings.end() ? "" : at->second;
}

std::optional<std::int64_t> number_in(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

KafkaTopicSettings journal_topic_settings() {
  return {{"cleanup.policy", "delete"},
          {"retention.ms", "-1"},
          {"retention.bytes", "-1"},
          {"unclean.leader.election.enable", "false"},
          {"max.message.bytes", "2097152"}};
}

Result<void> check_topic_settings(const std::string& topic, const KafkaTopicSettings& settings) {
  for (const auto& [name, wanted] : journal_topic_settings()) {
    const std::string value = setting_of(settings, name);
    const bool is_bytes = name == "max.message.bytes";
    if (is_bytes ? number_in(value).value_or(0) >= topic_message_bytes_min : value == wanted) continue;
    return error(ErrorCode::refused,
                 "the journal's topic " + topic + " has " + name + "=" + value +
                     (is_bytes ? ", which is too little for a record" : ", which would lose records") +
                     ": set it to " + wanted + " (kafka-configs.sh --alter --topic " + topic +
                     " --add-config " + name + "=" + wanted + ")");
  }
  return success();
}

std::vector<std::string> warnings_of(const std::string& topic, const KafkaTopicSettings& settings,
                                     std::uint32_t replicas) {
  if (replicas < 2) {
    return {"the journal's topic " + topic +
            " has one replica: with its broker all that durable entities have answered for is gone"};
  }
  const std::string in_sync = setting_of(settings, "min.insync.replicas");
  if (number_in(in_sync).value_or(0) >= 2) return {};
  return {"the journal's topic " + topic + " has min.insync.replicas=" + in_sync + " of " +
          std::to_string(replicas) +
          " replicas: what one broker alone has acknowledged can be lost with it; "
          "set it to 2"};
}

}  // namespace shoal::journal
