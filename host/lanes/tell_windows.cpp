#include "host/lanes/tell_windows.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "journal/crc32c.hpp"
#include "journal/ids.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::lanes {

namespace {

constexpr std::string_view kMessage = "shoal-message";
constexpr std::string_view kPlace = "shoal-tell";
constexpr std::string_view kTellTraceparent = "traceparent";
constexpr std::string_view kRequestId = "shoal-request-id";

// SHARD/NUMBER/BEGAN_MS
struct Place {
  ShardId shard{};
  std::uint64_t number = 0;
  std::int64_t began_ms = 0;
};

void write_place(const Place& place, std::string& text) {
  text.assign(std::to_string(place.shard.value));
  text.append("/").append(std::to_string(place.number));
  text.append("/").append(std::to_string(place.began_ms));
}

template <class Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take_slash(std::string_view& text) {
  if (!text.starts_with('/')) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Place> read_place(std::string_view text) {
  Place place;
  const bool good = take_number(text, place.shard.value) && take_slash(text) &&
                    take_number(text, place.number) && take_slash(text) &&
                    take_number(text, place.began_ms) && text.empty();
  return good ? std::optional(place) : std::nullopt;
}

}  // namespace

std::uint32_t number_of_sink(std::string_view type) {
  return journal::crc32c(type, journal::crc32c(tell_sink));
}

void add_headers(const StoredTell& tell, std::vector<journal::Header>& headers) {
  headers.push_back({kMessage, tell.message});
  headers.push_back({kPlace, tell.place});
  if (!tell.traceparent.empty()) headers.push_back({kTellTraceparent, tell.traceparent});
  if (!tell.request_id.empty()) headers.push_back({kRequestId, tell.request_id});
}

bool TellWindows::has_room(const TellTarget& target, std::size_t tells, std::size_t bytes) const {
  if (bytes_ + bytes > tell_bytes_max) return false;
  const auto found = windows_.find(target);
  const std::size_t size = found == windows_.end() ? 0 : found->second.queue.size();
  const std::size_t window_bytes = found == windows_.end() ? 0 : found->second.queue.bytes();
  return size + tells <= tell_window_max && window_bytes + bytes <= tell_window_bytes_max;
}

// Another log of the same shard, which begins with the same numbers, is another source.
std::uint32_t TellWindows::source_of(std::int64_t began_ms) const {
  std::string name("from:");
  name.append(type_).append("/").append(std::to_string(began_ms));
  return journal::type_number(name).value;
}

TellWindows::Window& TellWindows::window_of(std::string_view type, ShardId shard, std::int64_t now_ms) {
  const auto [found, is_new] = windows_.try_emplace({number_of_sink(type), shard});
  Window& window = found->second;
  if (!is_new) return window;
  window.sink.append(tell_sink).append(type);
  window.shard = shard;
  window.began_ms = now_ms;
  if (const auto* known =
          positions_.find(found->first.sink, Partition{static_cast<std::int32_t>(shard.value)})) {
    window.began_ms = known->last.timestamp_ms;
    window.first = static_cast<std::uint64_t>(std::max(known->last.offset.value + 1, known->low.value));
  }
  window.source = source_of(window.began_ms);
  return window;
}

TellWindows::Window& TellWindows::add(std::string_view type, ShardId shard, StoredTell tell,
                                      std::int64_t now_ms, std::int64_t now_ns) {
  Window& window = window_of(type, shard, now_ms);
  if (window.queue.empty()) {
    window.pause_ns = times_.resend_after_ns;
    window.due_ns = now_ns + window.pause_ns;
    window.moved_ns = now_ns;
  }
  write_place({shard, window.next(), window.began_ms}, place_);
  tell.place = place_;
  const std::size_t before = window.queue.bytes();
  window.queue.push(tell);
  ++size_;
  bytes_ += window.queue.bytes() - before;
  update_hold(window, now_ns);
  return window;
}

void TellWindows::take_back(Window& window) {
  const std::size_t before = window.queue.bytes();
  window.queue.pop_back();
  --size_;
  bytes_ -= before - window.queue.bytes();
}

bool TellWindows::is_half_full(const Window& window) const {
  return window.queue.size() >= tell_window_max / 2 || window.queue.bytes() >= tell_window_bytes_max / 2 ||
         bytes_ >= tell_bytes_max / 2;
}

// One from which nothing has gone for so long may stay full for ever: it holds nobody.
void TellWindows::update_hold(Window& window, std::int64_t now_ns) {
  const bool holds =
      !window.queue.empty() && is_half_full(window) && now_ns - window.moved_ns < times_.hold_ns;
  if (std::exchange(window.holds, holds) == holds) return;
  holding_ = holds ? holding_ + 1 : holding_ - 1;
  lane_holding_ = holds ? lane_holding_ + 1 : lane_holding_ - 1;
}

void TellWindows::pop_acknowledged(Window& window, std::uint64_t below) {
  const std::size_t before = window.queue.bytes();
  for (; window.first < below && !window.queue.empty(); ++window.first) {
    window.queue.pop_front();
    --size_;
  }
  bytes_ -= before - window.queue.bytes();
}

bool TellWindows::acknowledge(const TellTarget& target, std::uint32_t source, std::uint64_t number,
                              bool again, std::int64_t now_ns) {
  const auto found = windows_.find(target);
  if (found == windows_.end() || found->second.source != source || number > found->second.next())
    return false;
  Window& window = found->second;
  if (number > window.first) {
    pop_acknowledged(window, number);
    window.moved_ns = now_ns;
    window.pause_ns = times_.resend_after_ns;
    window.due_ns = now_ns + window.pause_ns;
    update_hold(window, now_ns);
    if (!std::exchange(window.is_to_be_noted, true)) to_note_.push_back(&window);
  }
  if (again) window.due_ns = now_ns;
  return true;
}

std::optional<journal::SourcePosition> TellWindows::take_note() {
  if (to_note_.empty()) return std::nullopt;
  Window& window = *to_note_.back();
  to_note_.pop_back();
  window.is_to_be_noted = false;
  const auto first = static_cast<std::int64_t>(window.first);
  return journal::SourcePosition{number_of_sink(window.type()),
                                 static_cast<std::int32_t>(window.shard.value),
                                 first - 1,
                                 first,
                                 window.began_ms,
                                 0};
}

void TellWindows::say(SourcePositions& positions) const {
  for (const auto& [target, window] : windows_) {
    const RecordMark last{Offset{static_cast<std::int64_t>(window.next()) - 1}, window.began_ms, 0};
    positions.finished_below(target.sink, Partition{static_cast<std::int32_t>(window.shard.value)},
                             Offset{static_cast<std::int64_t>(window.first)}, last);
  }
}

bool TellWindows::replay(const journal::EmitId& id, const journal::Emit& emit) {
  Replayed tell;
  std::optional<Place> place;
  for (const journal::Header& header : emit.headers) {
    const std::string_view value = header.value.value_or(std::string_view());
    if (header.name == kMessage) tell.message = value;
    if (header.name == kPlace) place = read_place(value);
    if (header.name == kPlace) tell.place = value;
    if (header.name == kTellTraceparent) tell.traceparent = value;
    if (header.name == kRequestId) tell.request_id = value;
  }
  if (!place || !emit.key || !emit.sink.starts_with(tell_sink)) return false;
  tell.id = *emit.key;
  if (emit.value) tell.body = *emit.value;
  tell.emit_id = id;
  ReplayedWindow& window = replayed_[{number_of_sink(emit.sink.substr(tell_sink.size())), place->shard}];
  window.sink = emit.sink;
  window.began_ms = place->began_ms;
  window.tells.try_emplace(place->number, std::move(tell));
  return true;
}

void TellWindows::recovered() {
  for (auto& [target, replayed] : replayed_) {
    Window& window =
        window_of(std::string_view(replayed.sink).substr(tell_sink.size()), target.shard, replayed.began_ms);
    window.pause_ns = times_.resend_after_ns;
    const auto* known =
        positions_.find(target.sink, Partition{static_cast<std::int32_t>(target.shard.value)});
    const auto low = static_cast<std::uint64_t>(known == nullptr ? 0 : known->low.value);
    replayed.tells.erase(replayed.tells.begin(), replayed.tells.lower_bound(low));
    if (!replayed.tells.empty()) window.first = replayed.tells.begin()->first;
    for (const auto& [number, tell] : replayed.tells) {
      SHOAL_ASSERT(number == window.next());  // a log has all of them behind its last checkpoint
      window.queue.push({tell.id, tell.message,
                         tell.body ? std::optional<std::string_view>(*tell.body) : std::nullopt,
                         tell.traceparent, tell.request_id, tell.place});
      window.queue.set_emit_id(window.queue.size() - 1, tell.emit_id);
    }
    size_ += window.queue.size();
    bytes_ += window.queue.bytes();
  }
  replayed_.clear();
}

void TellWindows::clear() {
  windows_.clear();
  replayed_.clear();
  to_note_.clear();
  size_ = 0;
  bytes_ = 0;
  lane_holding_ -= std::exchange(holding_, 0);
}

}  // namespace shoal::lanes
