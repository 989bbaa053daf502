#pragma once
// Changes: which addresses were connected and which connections were lost, for the thread that takes them.

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "cluster/transport/node.hpp"

namespace shoal::transport {

// A connection to an address, made by this side. A lost one is a hint that its node may be gone.
struct Change {
  enum class Kind : std::uint8_t { connected, disconnected };
  Kind kind = Kind::connected;
  std::string address;  // as it was given to `send` or `link`
  Node node;            // who answered there
};

// Bounded by the addresses: of each the last change waits.
class Changes {
 public:
  // True where whoever takes has to be woken. [transport]
  bool put(Change change) {
    const std::lock_guard lock(mutex_);
    const bool was_empty = changes_.empty();
    std::erase_if(changes_, [&](const Change& earlier) { return earlier.address == change.address; });
    changes_.push_back(std::move(change));
    return was_empty;
  }
  void take(std::vector<Change>& changes) {
    const std::lock_guard lock(mutex_);
    std::ranges::move(changes_, std::back_inserter(changes));
    changes_.clear();
  }

 private:
  std::mutex mutex_;
  std::vector<Change> changes_;
};

}  // namespace shoal::transport
