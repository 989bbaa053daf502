#pragma once
// DurableTurn: what a turn of a durable entity leaves for the log: the events it recorded, and the ids of
// what it emits.
//
// One for each lane's turn, lent to it by the shard whose turn it is. Its memory is reused turn after turn.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/modules/entity_type.hpp"
#include "shoal/abi/entity.h"
#include "shoal/base/ids.hpp"

namespace shoal::lanes {

// Header of every record a durable entity emits: TYPE/SHARD/EPOCH/SEQUENCE/INDEX. After a crash a record may
// be sent again, with the same id.
inline constexpr std::string_view emit_id_header = "shoal-emit-id";

// Of one turn, in order.
class DurableTurn {
 public:
  struct Event {
    std::uint32_t index;  // in the type's table of events
    std::size_t at;
    std::size_t size;
  };

  // `slot` is where the entity is; null while there is none to record events of.
  void begin(const modules::EntityType& type, void* slot, bool takes_events) {
    type_ = &type;
    slot_ = slot;
    takes_events_ = takes_events;
    has_failed_ = false;
    events_.clear();
    bytes_.clear();
  }
  // The source of the records whose turns follow, and what of it has finished.
  struct SourceMark {
    std::uint32_t source = 0;  // journal::type_number of the topic
    Offset finished_below{0};
  };
  void set_source(const SourceMark& mark) { source_ = mark; }
  const SourceMark& source() const { return source_; }

  // Of which record of which log its emits are, and how many that record has already.
  void number_emits(ShardId shard, std::uint64_t sequence, std::uint32_t emits) {
    shard_ = shard;
    sequence_ = sequence;
    next_emit_ = emits;
  }
  // Requires: begun. Valid until the next one.
  std::string_view next_emit_id();

  // Records an event and applies it. A status but OK leaves nothing recorded; where `apply` failed, the turn
  // has to fail, whatever the behaviour makes of it.
  shoal_status persist(shoal_turn& turn, std::uint32_t index, shoal_bytes event, std::size_t bytes_max);

  bool has_failed() const { return has_failed_; }
  std::span<const Event> events() const { return events_; }
  std::string_view bytes_of(const Event& event) const {
    return {reinterpret_cast<const char*>(bytes_.data()) + event.at, event.size};
  }
  void clear() {
    events_.clear();
    bytes_.clear();
  }

 private:
  const modules::EntityType* type_ = nullptr;
  void* slot_ = nullptr;
  bool takes_events_ = false;
  bool has_failed_ = false;
  SourceMark source_;
  std::uint32_t next_emit_ = 0;
  ShardId shard_;
  std::uint64_t sequence_ = 0;
  std::string id_;
  std::vector<Event> events_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace shoal::lanes
