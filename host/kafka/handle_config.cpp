#include "host/kafka/handle_config.hpp"

#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "host/kafka/client_config.hpp"
#include "host/kafka/log_bridge.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::kafka {

namespace {

constexpr std::size_t error_text_size = 512;

bool holds_secret(std::string_view key) {
  for (std::string_view part : {"password", "secret", "pem", "sasl.oauthbearer", "sasl.username"}) {
    if (key.find(part) != std::string_view::npos) return true;
  }
  return false;
}

bool applies_to(KeyScope scope, ClientKind kind) {
  if (scope == KeyScope::consumer) return kind == ClientKind::consumer;
  if (scope == KeyScope::producer) return kind == ClientKind::producer;
  return true;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

// librdkafka tells scopes only through its printed table: "property | C/P | range | …".
KeyScopes::KeyScopes() {
  char* text = nullptr;
  std::size_t text_size = 0;
  std::FILE* stream = open_memstream(&text, &text_size);
  SHOAL_ASSERT(stream != nullptr);
  rd_kafka_conf_properties_show(stream);
  std::fclose(stream);
  std::istringstream lines(std::string(text, text_size));
  std::free(text);
  for (std::string line; std::getline(lines, line);) {
    const auto name_end = line.find('|');
    if (name_end == std::string::npos) continue;
    const auto scope_end = line.find('|', name_end + 1);
    if (scope_end == std::string::npos) continue;
    const std::string scope = trimmed(line.substr(name_end + 1, scope_end - name_end - 1));
    const KeyScope value = scope == "C"   ? KeyScope::consumer
                           : scope == "P" ? KeyScope::producer
                                          : KeyScope::both;
    if (value != KeyScope::both || scope == "*") scopes_.emplace(trimmed(line.substr(0, name_end)), value);
  }
}

KeyScope KeyScopes::scope_of(const std::string& key) const {
  const auto found = scopes_.find(key);
  return found == scopes_.end() ? KeyScope::unknown : found->second;
}

Result<void> set_key(rd_kafka_conf_t* conf, const std::string& key, const std::string& value) {
  char text[error_text_size] = "";
  if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), text, sizeof(text)) == RD_KAFKA_CONF_OK)
    return success();
  return error(ErrorCode::bad_config,
               "kafka.client: key \"" + key + "\": " +
                   (holds_secret(key) ? std::string("librdkafka refuses its value") : std::string(text)) +
                   "; see librdkafka's CONFIGURATION.md");
}

Result<ConfHandle> make_conf(ClientKind kind, const config::Kafka& kafka, std::span<const Setting> defaults,
                             std::span<const Setting> fixed) {
  SHOAL_TRYV(check_client_keys(kafka.client));
  ConfHandle conf(rd_kafka_conf_new());
  for (const Setting& setting : defaults) {
    SHOAL_TRYV(set_key(conf.get(), setting.key, setting.value));
  }
  const KeyScopes scopes;
  for (const auto& [key, value] : kafka.client) {
    if (!applies_to(scopes.scope_of(key), kind)) continue;
    SHOAL_TRYV(set_key(conf.get(), key, value));
  }
  for (const Setting& setting : fixed) {
    SHOAL_TRYV(set_key(conf.get(), setting.key, setting.value));
  }
  SHOAL_TRYV(set_key(conf.get(), "bootstrap.servers", kafka.bootstrap_servers));
  rd_kafka_conf_set_log_cb(conf.get(), log_line);
  return conf;
}

Result<ClientHandle> make_client(ClientKind kind, ConfHandle conf) {
  char text[error_text_size] = "";
  const auto type = kind == ClientKind::consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
  ClientHandle client(rd_kafka_new(type, conf.get(), text, sizeof(text)));
  if (!client) {
    return error(ErrorCode::bad_config, "kafka: librdkafka refuses the configuration: " + std::string(text) +
                                            "; correct [kafka.client]");
  }
  static_cast<void>(conf.release());  // the client owns it from here
  return client;
}

}  // namespace shoal::kafka
