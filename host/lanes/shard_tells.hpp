#pragma once
// ShardTells: a durable shard's part in reliable tells: those it sends, from the turn that sends them into
// the record that has them and until they are acknowledged, and those it gets.
//
// Owned by the shard's journal and used only on its lane. A tell leaves with what else its turn sends, when
// that counts; what is kept here is for the times after the first.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "host/lanes/tell_arrivals.hpp"
#include "host/lanes/tell_windows.hpp"
#include "host/lanes/turn.hpp"
#include "journal/record.hpp"

namespace shoal::lanes {

class ShardTells {
 public:
  struct Options {
    std::string type;
    TypeIndex type_index{};
    ShardId shard{};
    TellTimes times;
    std::size_t* holding = nullptr;  // windows of the lane that hold
  };

  // `positions` are those of the shard's log. They, and `holding`, outlive this.
  ShardTells(const Options& options, SourcePositions& positions)
      : type_index_(options.type_index),
        shard_(options.shard),
        windows_(options.type, positions, options.times, *options.holding),
        arrivals_(positions) {}

  TellWindows& windows() { return windows_; }
  const TellWindows& windows() const { return windows_; }
  TellArrivals& arrivals() { return arrivals_; }

  // True where acknowledgements of this shard are not yet asked for; then they are, until they have been
  // given.
  bool begin_acknowledging() { return !std::exchange(is_acknowledging_, true); }
  void end_acknowledging() { is_acknowledging_ = false; }

  // Calls `tell(const EnvelopeParts&)` for each acknowledgement that is due; from then on none is.
  template <class Tell>
  void take_acknowledgements(Tell&& tell);

  // Numbers the tells among what a turn that ends well has sent, and keeps them.
  void collect(Turn& turn);
  // That no record has yet.
  std::size_t staged() const { return staged_.size(); }
  // They go into the record with this sequence, behind the emits that are there.
  void add_emits(journal::Sequence sequence, std::vector<journal::Emit>& emits,
                 std::vector<journal::Header>& headers);
  void recorded() { staged_.clear(); }
  // There will be no such record.
  void take_back();

  void clear() {
    staged_.clear();
    windows_.clear();
    arrivals_.clear();
  }

 private:
  struct Staged {
    TellWindows::Window* window;
    std::uint64_t number;
  };

  TypeIndex type_index_;
  ShardId shard_;
  TellWindows windows_;
  TellArrivals arrivals_;
  std::vector<Staged> staged_;
  bool is_acknowledging_ = false;
};

template <class Tell>
void ShardTells::take_acknowledgements(Tell&& tell) {
  arrivals_.take_acknowledgements([&](ShardId sender, TypeIndex sender_type, TellMark mark) {
    mark.peer_type = type_index_;
    mark.peer_shard = shard_;
    EnvelopeParts parts;
    parts.kind = EnvelopeKind::acknowledgement;
    parts.type = sender_type;
    parts.shard = sender;
    parts.tell = &mark;
    tell(parts);
  });
}

// Of a tell that is stored, as a log has it. `headers` has room for its headers: spans into it stay good.
journal::Emit emit_of(const TellWindows::Window& window, const StoredTell& tell,
                      std::vector<journal::Header>& headers);

}  // namespace shoal::lanes
