#pragma once
// Makes librdkafka's configuration and client handles. Private to this folder.

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "host/config/config.hpp"
#include "host/kafka/handles.hpp"
#include "shoal/base/result.hpp"

namespace shoal::kafka {

enum class ClientKind { consumer, producer };

struct Setting {
  const char* key;
  std::string value;
};

// Which kind of client knows a key, as the linked librdkafka says.
enum class KeyScope { both, consumer, producer, unknown };

// `defaults`, then what `[kafka.client]` says for this kind of client, then `fixed`; log lines go to the
// host's log. bad_config: a refused, unknown or invalid key.
Result<ConfHandle> make_conf(ClientKind kind, const config::Kafka& kafka, std::span<const Setting> defaults,
                             std::span<const Setting> fixed);

// Starts the handle's threads. bad_config where librdkafka refuses the configuration as a whole.
Result<ClientHandle> make_client(ClientKind kind, ConfHandle conf);

// Sets one key; bad_config with librdkafka's words, but never a secret's value.
Result<void> set_key(rd_kafka_conf_t* conf, const std::string& key, const std::string& value);

// The keys and scopes that the linked librdkafka documents.
class KeyScopes {
 public:
  KeyScopes();
  KeyScope scope_of(const std::string& key) const;

 private:
  std::map<std::string, KeyScope, std::less<>> scopes_;
};

}  // namespace shoal::kafka
