#include "host/lanes/shard_tells.hpp"

#include <span>

#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

void ShardTells::collect(Turn& turn) {
  if (!turn.sends()) return;
  const Catalogue& catalogue = *turn.options().catalogue;
  const std::int64_t now_ms = turn.abi()->now_ns / 1'000'000;
  turn.mail().for_each_since(turn.sending_from().mail, [&](Envelope& envelope) {
    if (!envelope.has_tell_mark()) return;
    const Catalogue::Entry& entry = catalogue.at(envelope.type());
    StoredTell tell;
    tell.id = envelope.id();
    tell.message = entry.type->message(envelope.message_index()).name;
    if (!is_null(envelope.body())) tell.body = to_view(envelope.body());
    tell.traceparent = envelope.traceparent();
    tell.request_id = envelope.request_id();
    TellWindows::Window& window =
        windows_.add(entry.type->name, envelope.shard(), tell, now_ms, turn.steady_now_ns());
    const std::uint64_t number = window.next() - 1;
    staged_.push_back({&window, number});
    envelope.set_tell_mark({window.source, type_index_, shard_, false, number, window.first});
  });
}

journal::Emit emit_of(const TellWindows::Window& window, const StoredTell& tell,
                      std::vector<journal::Header>& headers) {
  SHOAL_ASSERT(headers.capacity() - headers.size() >= tell_headers_max);
  const std::size_t first = headers.size();
  add_headers(tell, headers);
  journal::Emit emit;
  emit.sink = window.sink;
  emit.key = tell.id;
  emit.value = tell.body;
  emit.headers = std::span(headers).subspan(first);
  return emit;
}

void ShardTells::add_emits(journal::Sequence sequence, std::vector<journal::Emit>& emits,
                           std::vector<journal::Header>& headers) {
  for (const Staged& staged : staged_) {
    const std::size_t index = staged.number - staged.window->first;
    staged.window->queue.set_emit_id(index, {sequence, static_cast<std::uint32_t>(emits.size())});
    emits.push_back(emit_of(*staged.window, staged.window->queue.at(index), headers));
  }
}

void ShardTells::take_back() {
  for (; !staged_.empty(); staged_.pop_back()) windows_.take_back(*staged_.back().window);
}

}  // namespace shoal::lanes
