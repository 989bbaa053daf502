#pragma once
// LogIdentity: whether a partition's log is still the one that was read before.
//
// A topic that is deleted and made anew has other records at the same offsets, and its name and partition
// count do not tell. Brokers answer one question that does: which is the first record of time T or later?
// With T fixed, the answer of one log never goes back: records are added at its end and removed at its
// beginning. T is a moment after the record taken last, so that a log which is at its end has no answer yet
// and later ones are behind what was read; the answer of a log made anew, with newer records, is its
// beginning.
//
// Pure. It cannot tell a log that was filled with records of old times.

#include <cstdint>
#include <optional>

#include "shoal/base/ids.hpp"

namespace shoal::host {

enum class LogAnswer { same, another, unknown };

class LogIdentity {
 public:
  // The time (ms) to ask about. `last_ms`: of the record taken last, none where there is none; `next`: the
  // offset after it, or an earlier one.
  std::optional<std::int64_t> question(std::optional<std::int64_t> last_ms, Offset next);

  // `first`: the first record of that time or later; none where the log has no such record.
  LogAnswer answer(std::optional<Offset> first);

  // Whether an answer that was seen can be compared with.
  bool is_known() const { return least_.has_value(); }

 private:
  std::optional<std::int64_t> asked_ms_;
  Offset next_;                  // when the question was made
  std::optional<Offset> least_;  // no later answer of the same log is below it
};

}  // namespace shoal::host
