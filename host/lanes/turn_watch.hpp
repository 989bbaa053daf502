#pragma once
// TurnWatch: which turn a lane is inside of, for other threads to look at.
//
// Pure. One writer, the lane, with a handful of stores a turn; any number of readers, who never hold it up. A
// look that a change crosses sees no turn: whoever waits for a turn that does not end looks again.

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "host/lanes/entity_ref.hpp"

namespace shoal::lanes {

class TurnWatch {
 public:
  static constexpr std::size_t shown_id_bytes_max = 64;

  struct Look {
    std::uint64_t turn = 0;  // differs from every other turn's of the lane
    TypeIndex type;
    bool is_last = false;  // it is inside of the entity's on_stop
    std::size_t id_bytes = 0;
    std::string id;  // its first 64 bytes
  };

  // A turn of this entity begins; gives its number, for `leave`. Requires: the one before has ended. [lane]
  std::uint64_t enter(TypeIndex type, std::string_view id) {
    // All stores release: who sees one of them sees that the turn before has ended, too.
    head_.store(std::uint64_t{type.value} << 32 | id.size(), std::memory_order_release);
    const std::size_t size = std::min(id.size(), shown_id_bytes_max);
    const char* from = id.data();
    std::size_t word = 0;
    for (; (word + 1) * kWordBytes <= size; ++word) {
      words_[word].store(load<std::uint64_t>(from + word * kWordBytes), std::memory_order_release);
    }
    if (const std::size_t rest = size - word * kWordBytes; rest > 0) {
      words_[word].store(tail(from + word * kWordBytes, rest), std::memory_order_release);
    }
    const std::uint64_t turn = steps_.load(std::memory_order_relaxed) + 1;
    steps_.store(turn, std::memory_order_release);
    return turn;
  }
  // The turn goes on as its entity's last one. Requires: inside of a turn. [lane]
  void enter_last() { head_.store(head_.load(std::memory_order_relaxed) | kLast, std::memory_order_release); }
  // [lane]
  void leave(std::uint64_t turn) { steps_.store(turn + 1, std::memory_order_release); }

  // [any-thread]
  bool is_inside() const { return steps_.load(std::memory_order_relaxed) % 2 == 1; }

  // None between two turns. [any-thread]
  std::optional<Look> look() const {
    const std::uint64_t turn = steps_.load(std::memory_order_acquire);
    if (turn % 2 == 0) return std::nullopt;
    const std::uint64_t head = head_.load(std::memory_order_acquire);
    std::array<std::uint64_t, kWords> words{};
    for (std::size_t i = 0; i < kWords; ++i) words[i] = words_[i].load(std::memory_order_acquire);
    if (steps_.load(std::memory_order_acquire) != turn) return std::nullopt;
    Look look{
        turn, TypeIndex{static_cast<std::uint32_t>(head >> 32)}, (head & kLast) != 0, head & (kLast - 1), {}};
    look.id.resize(std::min(look.id_bytes, shown_id_bytes_max));
    std::memcpy(look.id.data(), words.data(), look.id.size());
    return look;
  }

 private:
  static_assert(std::endian::native == std::endian::little);
  static constexpr std::uint64_t kLast = std::uint64_t{1} << 31;  // an id is far shorter
  static constexpr std::size_t kWordBytes = sizeof(std::uint64_t);
  static constexpr std::size_t kWords = shown_id_bytes_max / kWordBytes;

  template <class Word>
  static std::uint64_t load(const char* from) {
    Word word;
    std::memcpy(&word, from, sizeof word);
    return word;
  }

  // The last 1 to 7 bytes, read as two words that may overlap: nothing beyond the id is read, and a copy of
  // unknown size would be a call.
  static std::uint64_t tail(const char* from, std::size_t size) {
    if (size >= 4) {
      return load<std::uint32_t>(from) | load<std::uint32_t>(from + size - 4) << (size - 4) * 8;
    }
    if (size >= 2) {
      return load<std::uint16_t>(from) | load<std::uint16_t>(from + size - 2) << (size - 2) * 8;
    }
    return load<std::uint8_t>(from);
  }

  std::atomic<std::uint64_t> steps_{0};  // odd: inside of a turn
  std::atomic<std::uint64_t> head_{0};   // type, whether it is the last turn, and size of the id
  std::array<std::atomic<std::uint64_t>, kWords> words_{};
};

// One turn as the watch sees it. [lane]
class WatchedTurn {
 public:
  WatchedTurn(TurnWatch& watch, TypeIndex type, std::string_view id)
      : watch_(watch), turn_(watch.enter(type, id)) {}
  ~WatchedTurn() { watch_.leave(turn_); }
  WatchedTurn(const WatchedTurn&) = delete;
  WatchedTurn& operator=(const WatchedTurn&) = delete;

 private:
  TurnWatch& watch_;
  std::uint64_t turn_;
};

}  // namespace shoal::lanes
