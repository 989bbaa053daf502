// Outputs of a durable shard that nobody has acknowledged yet: which they are, and how they are sent again
// after a recovery.

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "host/lanes/shard_journal.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

constexpr std::uint32_t kAllEmits = UINT32_MAX;  // of a record

shoal_bytes bytes_or_null(const std::optional<std::string>& text) {
  return text ? to_bytes(std::string_view(*text)) : null_bytes;
}

}  // namespace

// Nothing before it is sent again after a crash.
std::optional<journal::EmitId> ShardJournal::emits_done() const {
  const std::int64_t next = emits_.committable().value;
  if (next <= 1) return std::nullopt;
  return journal::EmitId{journal::Sequence{static_cast<std::uint64_t>(next - 1)}, kAllEmits};
}

void ShardJournal::emit_acknowledged(std::uint64_t ticket_low) {
  emits_.acknowledge(emits_.ticket_of(ticket_low, ticket_bits));
}

void ShardJournal::keep_pending(const journal::EmitId& id, const journal::Emit& emit) {
  if (tells_.windows().replay(id, emit)) return;
  if (!pending_.empty() && id <= pending_.back().id) return;  // said once more by a checkpoint
  PendingEmit kept{id, std::string(emit.sink), {}, {}, {}, emit.timestamp_ms};
  if (emit.key) kept.key = *emit.key;
  if (emit.value) kept.value = *emit.value;
  for (const journal::Header& header : emit.headers) {
    kept.headers.emplace_back(header.name,
                              header.value ? std::optional<std::string>(*header.value) : std::nullopt);
  }
  pending_.push_back(std::move(kept));
}

// The emits of one record of the log.
std::deque<ShardJournal::PendingEmit>::iterator ShardJournal::end_of_record(
    std::deque<PendingEmit>::iterator first) {
  return std::find_if(first, pending_.end(),
                      [&](const PendingEmit& pending) { return pending.id.sequence != first->id.sequence; });
}

bool ShardJournal::resend(Outputs& outputs) {
  while (!pending_.empty()) {
    const auto end = end_of_record(pending_.begin());
    const Outbox::Mark before = outputs.records.mark();
    const std::uint64_t tag = tag_of(assignment_, next_resent_.value);
    for (auto pending = pending_.begin(); pending != end; ++pending) {
      if (!add_again(*pending, tag, outputs)) {
        outputs.records.roll_back(before);
        return false;
      }
    }
    ++next_resent_.value;
    pending_.erase(pending_.begin(), end);
  }
  return true;
}

bool ShardJournal::add_again(const PendingEmit& pending, std::uint64_t tag, Outputs& outputs) {
  const auto sink = std::find(options_.sinks->begin(), options_.sinks->end(), pending.sink);
  if (sink == options_.sinks->end()) {
    // It stays unacknowledged, so that it is in every checkpoint until there is such a sink.
    spdlog::error(
        "type {} shard {}: an output that was not acknowledged waits for sink '{}', which is not "
        "configured: add it to [[sinks]] and restart the host",
        options_.type->name, options_.shard.value, pending.sink);
    return true;
  }
  std::vector<shoal_header> headers;
  for (const auto& [name, value] : pending.headers)
    headers.push_back({to_bytes(std::string_view(name)), bytes_or_null(value)});
  return outputs.records.add({static_cast<OutputIndex>(sink - options_.sinks->begin()), tag,
                              bytes_or_null(pending.key), bytes_or_null(pending.value), headers,
                              pending.timestamp_ms});
}

}  // namespace shoal::lanes
