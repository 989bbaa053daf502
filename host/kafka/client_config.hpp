#pragma once
// Which keys of `[kafka.client]` may pass through to librdkafka.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "shoal/base/result.hpp"

namespace shoal::kafka {

// Every key that librdkafka knows passes through, except those that would break the alignment of keys and
// shards, lose records or outputs, or are the host's own to set: they are bad_config with the reason. A key
// that only consumers (or only producers) know is applied to those alone. Values are checked by librdkafka
// itself. Values of keys that hold secrets are never part of a message. [control]
Result<void> check_client_keys(const std::map<std::string, std::string>& client);

// What producers and consumers are given of it: each key that its kind of client knows.
struct KeysByKind {
  std::vector<std::pair<std::string, std::string>> producer;
  std::vector<std::pair<std::string, std::string>> consumer;
};
KeysByKind keys_by_kind(const std::map<std::string, std::string>& client);

}  // namespace shoal::kafka
