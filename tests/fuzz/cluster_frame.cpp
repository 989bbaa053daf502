// A frame of messages as it comes off the wire: what is taken has one form, holds its messages whole, and
// joins with itself.
#include <string>

#include "cluster/transport/frame.hpp"
#include "target.hpp"

namespace shoal::fuzz {

void run(std::string_view input) {
  const auto decoded = transport::Batch::decode(std::string(input));
  if (!decoded) {
    require(!decoded.error().message.empty(), "what is refused is refused with a reason");
    return;
  }
  const transport::Batch& batch = decoded.value();
  require(!batch.empty() && batch.count() > 0, "a frame has a message");
  transport::Batch again(batch.channel());
  for (const std::string_view message : batch) again.add(message);
  require(again.frame() == input, "what decodes encodes to the same bytes");
  require(again.count() == batch.count(), "as many messages come out as are counted");
  const auto joined = transport::Batch::decode(batch.frame() + std::string(batch.body()));
  require(joined.has_value() && joined.value().count() == 2 * batch.count(), "two frames join");
}

}  // namespace shoal::fuzz
