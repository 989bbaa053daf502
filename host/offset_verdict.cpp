#include "host/offset_verdict.hpp"

namespace shoal::host {

namespace {

std::string how_to_correct(const config::Source& source) {
  if (source.offsets == config::OffsetKeeper::module) {
    return "stop the host, correct what module " + source.offsets_module + " keeps, and start the host again";
  }
  if (!source.start_offsets.empty()) return "correct start_offsets of the source and restart the host";
  if (source.offsets == config::OffsetKeeper::none) return "restart the host";
  return "stop the host, set the group's offset with Kafka's tools to where it is to begin, and start the "
         "host again";
}

}  // namespace

OffsetVerdict judge_offset(Offset next, kafka::Watermarks log, const config::Source& source) {
  OffsetVerdict verdict;
  if (next > log.high) {
    verdict.reason = "the next offset " + std::to_string(next.value) + " is beyond the end " +
                     std::to_string(log.high.value) + ": the topic was truncated or made anew; " +
                     how_to_correct(source);
    return verdict;
  }
  verdict.at = next < log.low ? log.low : next;
  verdict.kind = OffsetVerdict::Kind::go_on;
  if (next >= log.low) return verdict;  // it is there after all
  verdict.lost = static_cast<std::uint64_t>(log.low.value - next.value);
  verdict.reason = "offsets " + std::to_string(next.value) + " to " + std::to_string(log.low.value - 1) +
                   " are gone (retention or DeleteRecords): at most " + std::to_string(verdict.lost) +
                   " records were never read";
  if (source.lost_records == config::LostRecords::go_on) return verdict;
  verdict.kind = OffsetVerdict::Kind::hold;
  verdict.reason += "; to go on at offset " + std::to_string(log.low.value) +
                    " set lost_records = \"continue\" in the source and restart the host";
  return verdict;
}

}  // namespace shoal::host
