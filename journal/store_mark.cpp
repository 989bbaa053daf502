#include "journal/store_mark.hpp"

#include <algorithm>

namespace shoal::journal {

MarkVerdict judge(const StoreMark& mark, std::span<const OwnedEpoch> epochs) {
  const auto at = std::find_if(epochs.begin(), epochs.end(),
                               [&mark](const OwnedEpoch& each) { return each.epoch == mark.epoch; });
  if (at == epochs.end()) return MarkVerdict::unknown_epoch;
  if (at->owner != mark.owner) return MarkVerdict::other_owner;
  // An owner begins with what stood before it: its first mark may be of the record before its own first.
  if (mark.counted.value + 1 < at->first.value) return MarkVerdict::unknown_epoch;
  return mark.counted < at->end ? MarkVerdict::stands : MarkVerdict::past_its_end;
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
