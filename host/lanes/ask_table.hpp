#pragma once
// AskTable: the asks of one lane that wait for their reply, of its entities and of callers outside the lanes.
//
// Pure data, owned and used by one lane. A slot is used again, its number never: a reply that comes too late
// finds nobody. Bounded by `asks_max`.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/lanes/envelope.hpp"
#include "host/lanes/parcel.hpp"
#include "host/lanes/timer_queue.hpp"

namespace shoal::lanes {

inline constexpr std::size_t asks_max = 1'000'000;

struct Ask {
  EntityRef asker;  // incarnation 0: `on_reply` waits instead
  std::uint32_t continuation_id = 0;
  std::string payload;
  OnReply on_reply;
  TimerId deadline;  // set by the lane
};

class AskTable {
 public:
  explicit AskTable(std::uint32_t lane) : lane_(lane) {}

  // Where the reply must go. Requires: room() > 0.
  ReplyAddress open(Ask ask);
  std::size_t room() const { return asks_max - size(); }

  // Null where the ask has ended.
  Ask* find(const ReplyAddress& address);
  // Takes it out. None where it has ended.
  std::optional<Ask> close(const ReplyAddress& address);
  // The address of what stands in the slot; nobody where nothing does.
  ReplyAddress in_slot(std::uint32_t slot) const;

  std::size_t size() const { return slots_.size() - free_.size(); }

  // Takes all out.
  std::vector<Ask> close_all();

 private:
  struct Slot {
    std::uint64_t number = 0;  // 0: free
    Ask ask;
  };

  std::uint32_t lane_;
  std::uint64_t last_number_ = 0;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace shoal::lanes
