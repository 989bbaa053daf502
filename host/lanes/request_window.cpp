#include "host/lanes/request_window.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "host/lanes/entity_table.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kFirstCells = 16;
constexpr std::string_view kTooLarge = "the reply to the first of these requests was too large to be kept";

std::uint64_t hash_of_request(std::uint64_t entity_hash, std::string_view request_id) {
  // Senders often number their requests, so equal ids at many entities must spread.
  return hash_of(request_id) ^ std::rotl(entity_hash * 0x9e3779b97f4a7c15U, 32);
}

}  // namespace

// Cells are at most half and, after a growth, at least a quarter full: four of four bytes an entry.
const std::uint64_t RequestWindow::entry_bytes = sizeof(Entry) + 4 * sizeof(std::uint32_t);

RequestWindow::RequestWindow(const Options& options)
    : options_(options), cells_(kFirstCells, kNone), mask_(kFirstCells - 1) {
  SHOAL_ASSERT(options.window_ms > 0 && options.entries_max > 0 && options.bytes_max >= entry_bytes);
}

RequestWindow::Seen RequestWindow::begin(std::uint64_t entity_hash, std::string_view request_id,
                                         std::int64_t now_ms) {
  SHOAL_ASSERT(!request_id.empty() && request_id.size() <= request_id_bytes_max);
  now_ms_ = std::max(now_ms_, now_ms);
  const std::uint64_t hash = hash_of_request(entity_hash, request_id);
  if (const std::uint32_t known = find(hash, entity_hash, request_id); known != kNone) {
    const Entry& entry = entries_[known];
    if (!expired(entry, now_ms_)) return {entry.state, {entry.sequence, known}};
    remove(known);
  }
  // Two for one, so that what expired is gone sooner than the window fills, and no request pays for all.
  expire(now_ms_, 2);
  while (size_ == options_.entries_max || bytes_ + entry_bytes > options_.bytes_max) {
    remove_for_room(oldest_);
  }
  const std::uint32_t slot = insert(hash, now_ms_);
  Entry& entry = entries_[slot];
  entry.entity_hash = entity_hash;
  entry.id_size = static_cast<std::uint8_t>(request_id.size());
  std::memcpy(entry.id, request_id.data(), request_id.size());
  return {RequestState::fresh, {entry.sequence, slot}};
}

bool RequestWindow::finish(RequestKey key, const KeptReply& reply) {
  if (!holds(key)) return false;
  Entry& entry = entries_[key.slot];
  SHOAL_ASSERT(entry.state == RequestState::running);
  entry.state = RequestState::answered;
  entry.is_kept = reply.body.size() <= options_.bytes_max - entry_bytes;
  if (!entry.is_kept) return true;
  while (bytes_ + reply.body.size() > options_.bytes_max) {
    // The request itself is the last to go: alone it fits.
    remove_for_room(oldest_ == key.slot ? entry.younger : oldest_);
  }
  entry.status = reply.status;
  entry.codec = reply.codec;
  entry.body = reply.body;
  bytes_ += reply.body.size();
  return true;
}

bool RequestWindow::forget(RequestKey key) {
  if (!holds(key)) return false;
  remove(key.slot);
  return true;
}

KeptReply RequestWindow::reply(RequestKey key) const {
  SHOAL_ASSERT(holds(key) && entries_[key.slot].state == RequestState::answered);
  const Entry& entry = entries_[key.slot];
  if (!entry.is_kept) return {SHOAL_STATUS_TOO_LARGE, SHOAL_CODEC_BYTES, kTooLarge};
  return {entry.status, entry.codec, entry.body};
}

void RequestWindow::expire(std::int64_t now_ms, std::uint32_t entries_max) {
  now_ms_ = std::max(now_ms_, now_ms);
  for (; entries_max > 0 && oldest_ != kNone && expired(entries_[oldest_], now_ms_); --entries_max) {
    remove(oldest_);
  }
}

std::uint32_t RequestWindow::find(std::uint64_t hash, std::uint64_t entity_hash,
                                  std::string_view request_id) const {
  for (std::uint64_t position = hash & mask_;; position = (position + 1) & mask_) {
    const std::uint32_t slot = cells_[position];
    if (slot == kNone) return kNone;
    const Entry& entry = entries_[slot];
    if (entry.hash == hash && entry.entity_hash == entity_hash &&
        std::string_view(entry.id, entry.id_size) == request_id) {
      return slot;
    }
  }
}

std::uint32_t RequestWindow::insert(std::uint64_t hash, std::int64_t now_ms) {
  if ((std::uint64_t{size_} + 1) * 2 > cells_.size()) grow_cells();
  std::uint32_t slot = free_;
  if (slot == kNone) {
    slot = static_cast<std::uint32_t>(entries_.size());
    if (entries_.size() == entries_.capacity()) {
      const std::uint64_t most =
          std::min<std::uint64_t>(options_.entries_max, options_.bytes_max / entry_bytes);
      entries_.reserve(std::min<std::uint64_t>(std::max<std::uint64_t>(entries_.size() * 2, 16), most));
    }
    entries_.emplace_back();
  } else {
    free_ = entries_[slot].older;
  }
  Entry& entry = entries_[slot];
  entry.sequence = next_sequence_++;
  entry.hash = hash;
  entry.begun_ms = now_ms;
  entry.state = RequestState::running;
  entry.older = youngest_;
  entry.younger = kNone;
  (youngest_ == kNone ? oldest_ : entries_[youngest_].younger) = slot;
  youngest_ = slot;
  put_cell(slot);
  ++size_;
  bytes_ += entry_bytes;
  return slot;
}

void RequestWindow::put_cell(std::uint32_t slot) {
  std::uint64_t position = entries_[slot].hash & mask_;
  while (cells_[position] != kNone) position = (position + 1) & mask_;
  cells_[position] = slot;
}

void RequestWindow::erase_cell(std::uint32_t slot) {
  std::uint64_t hole = entries_[slot].hash & mask_;
  while (cells_[hole] != slot) hole = (hole + 1) & mask_;
  // Backward-shift deletion, as in the entity table.
  for (std::uint64_t next = (hole + 1) & mask_; cells_[next] != kNone; next = (next + 1) & mask_) {
    const std::uint64_t home = entries_[cells_[next]].hash & mask_;
    if (((next - home) & mask_) >= ((next - hole) & mask_)) {
      cells_[hole] = cells_[next];
      hole = next;
    }
  }
  cells_[hole] = kNone;
}

void RequestWindow::grow_cells() {
  cells_.assign(cells_.size() * 2, kNone);
  mask_ = cells_.size() - 1;
  for (std::uint32_t slot = oldest_; slot != kNone; slot = entries_[slot].younger) put_cell(slot);
}

void RequestWindow::remove_for_room(std::uint32_t slot) {
  if (!expired(entries_[slot], now_ms_)) ++forgotten_early_;
  remove(slot);
}

void RequestWindow::remove(std::uint32_t slot) {
  erase_cell(slot);
  Entry& entry = entries_[slot];
  (entry.older == kNone ? oldest_ : entries_[entry.older].younger) = entry.younger;
  (entry.younger == kNone ? youngest_ : entries_[entry.younger].older) = entry.older;
  bytes_ -= entry_bytes + entry.body.size();
  --size_;
  entry.body = std::string();  // gives its memory back, which the bound counts on
  entry.sequence = 0;
  entry.older = free_;
  free_ = slot;
}

}  // namespace shoal::lanes
