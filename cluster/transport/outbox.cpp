#include "cluster/transport/outbox.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "shoal/base/assert.hpp"

namespace shoal::transport {

void Outbox::put(Batch batch) {
  batches_[static_cast<std::size_t>(batch.channel())].push_back(std::move(batch));
  ++waiting_;
}

void Outbox::take_frame(std::vector<Batch>& frame) {
  SHOAL_ASSERT(!empty());
  auto& batches = *std::ranges::find_if(batches_, [](const auto& waiting) { return !waiting.empty(); });
  frame.clear();
  std::size_t bytes = frame_header_bytes;
  do {
    bytes += batches.front().body().size();
    frame.push_back(std::move(batches.front()));
    batches.pop_front();
  } while (!batches.empty() && bytes + batches.front().body().size() <= frame_bytes_joined);
  waiting_ -= frame.size();
}

std::vector<Batch> Outbox::take_all(Channel channel) {
  auto& batches = batches_[static_cast<std::size_t>(channel)];
  std::vector<Batch> all(std::make_move_iterator(batches.begin()), std::make_move_iterator(batches.end()));
  waiting_ -= all.size();
  batches.clear();
  return all;
}

}  // namespace shoal::transport
