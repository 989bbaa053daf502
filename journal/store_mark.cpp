#include "journal/store_mark.hpp"

#include <algorithm>

namespace shoal::journal {

MarkVerdict judge(const StoreMark& mark, std::span<const Link> chain, Sequence next) {
  const auto link = std::find_if(chain.begin(), chain.end(),
                                 [&mark](const Link& each) { return each.claim.epoch == mark.epoch; });
  if (link == chain.end()) return MarkVerdict::unknown_epoch;
  if (link->claim.owner != mark.owner) return MarkVerdict::other_owner;
  // An owner begins with what stood before it: its first mark may be of the record before its own first.
  if (mark.through.value + 1 < link->claim.first.value) return MarkVerdict::unknown_epoch;
  const Sequence end = link->end_sequence.value_or(next);
  return mark.through < end ? MarkVerdict::stands : MarkVerdict::past_its_end;
}

std::string_view text_of(MarkVerdict verdict) {
  switch (verdict) {
    case MarkVerdict::stands:
      return "the log says the same";
    case MarkVerdict::unknown_epoch:
      return "it is of an epoch that the log does not have or that is void";
    case MarkVerdict::other_owner:
      return "it is of an epoch that has another owner in this log: the journal was brought back from a copy";
    case MarkVerdict::past_its_end:
      return "it is past the end of what the log has of its epoch";
  }
  return "";
}

}  // namespace shoal::journal
