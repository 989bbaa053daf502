#pragma once
// What follows when the next offset of a partition is not in its log. Pure.

#include <cstdint>
#include <string>

#include "host/config/config.hpp"
#include "host/kafka/topics.hpp"

namespace shoal::host {

struct OffsetVerdict {
  enum class Kind {
    go_on,  // at `at`
    hold,   // until the operator has acted
  };
  Kind kind = Kind::hold;
  Offset at;
  std::uint64_t lost = 0;  // records at most that were never read
  std::string reason;      // what is lost, and where it is held the operator's next step
};

// `next` is the offset to be read, `log` what the partition has. The source says what follows where records
// are gone, and who keeps its offsets.
OffsetVerdict judge_offset(Offset next, kafka::Watermarks log, const config::Source& source);

}  // namespace shoal::host
