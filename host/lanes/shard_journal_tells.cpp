// What a durable shard's log has of reliable tells: that it has had one, and in a checkpoint those that
// nobody has acknowledged.

#include "host/lanes/shard_journal.hpp"
#include "journal/record_codec.hpp"

namespace shoal::lanes {

namespace {
constexpr std::size_t kBytesOfPosition = 64;  // in a record, at most
}

// A tell that is stashed has not finished.
bool ShardJournal::takes_tell(Turn& turn) {
  const Envelope* message = turn.message();
  return message != nullptr && message->has_tell_mark() && !turn.stashes() &&
         !tells_.arrivals().is_held(message->tell_mark());
}

journal::SourcePosition ShardJournal::position_of(const TellMark& tell) {
  return {tell.source,
          static_cast<std::int32_t>(tell.peer_shard.value),
          static_cast<std::int64_t>(tell.number),
          tells_.arrivals().low_of(tell).value,
          -1,
          0};
}

void ShardJournal::hold_tell(const TellMark& tell) {
  const journal::SourcePosition position = position_of(tell);
  positions_.add(position.source, Partition{position.partition}, {Offset{position.offset}, -1, 0},
                 Offset{position.finished_below});
}

void ShardJournal::end_tell(const TellMark& tell) {
  tells_.arrivals().acknowledge_later(tell);
  if (tells_.arrivals().is_held(tell)) return;
  if (staged_size_ + kBytesOfPosition > options_.log->record_bytes_max() / 2) append_states();
  staged_size_ += kBytesOfPosition;
  stage(position_of(tell));
  hold_tell(tell);
  // Of durability `events` each turn is a record, and nothing is left for the next one.
  if (options_.takes_events) append_states();
}

void ShardJournal::acknowledge_tells() {
  Outputs& outputs = options_.held->open().outputs;
  options_.held->add_part(*this, ownership_, outputs.mark());
  tells_.take_acknowledgements([&](const EnvelopeParts& parts) { outputs.mail.add_reply(parts); });
}

// Each part is half a record at most, or one tell.
void ShardJournal::append_tell_parts() {
  const std::size_t room = options_.log->record_bytes_max() / 2;
  std::vector<journal::PendingEmit> pending;
  std::vector<journal::Header> headers;
  headers.reserve(tells_.windows().size() * tell_headers_max);
  std::size_t bytes = 0;
  tells_.windows().for_each([&](const TellWindows::Window& window, std::size_t index) {
    const StoredTell tell = window.queue.at(index);
    const journal::PendingEmit emit{window.queue.emit_id(index), emit_of(window, tell, headers)};
    const std::size_t more = journal::encoded_bytes(journal::CheckpointPart{{}, std::span(&emit, 1), {}});
    if (bytes + more > room && !pending.empty()) {
      append(journal::CheckpointPart{{}, pending, {}});
      pending.clear();
      bytes = 0;
    }
    bytes += more;
    pending.push_back(emit);
  });
  if (!pending.empty()) append(journal::CheckpointPart{{}, pending, {}});
}

}  // namespace shoal::lanes
