#pragma once
// Received: messages of one channel from one node.

#include <memory>

#include "cluster/transport/frame.hpp"
#include "cluster/transport/node.hpp"

namespace shoal::transport {

struct Received {
  std::shared_ptr<const Node> from;  // proved where there are keys
  Batch batch{Channel::user};
};

}  // namespace shoal::transport
