#include "host/lanes/remembered.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "host/lanes/entity_table.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kCellsFirst = 16;
constexpr std::size_t kHeadBytes = 2;
constexpr std::size_t kPartBytes = 64 * 1024;
constexpr std::size_t kPackedFromBytes = 4096;  // fewer are left as they are

}  // namespace

std::uint32_t Remembered::head(std::size_t at) const {
  std::uint16_t head = 0;
  std::memcpy(&head, ids_.data() + at, kHeadBytes);
  return head;
}

void Remembered::set_head(std::size_t at, std::uint32_t head) {
  const auto written = static_cast<std::uint16_t>(head);
  std::memcpy(ids_.data() + at, &written, kHeadBytes);
}

// The hash's upper bits say where, its lower ones tell neighbours apart.
std::size_t Remembered::home_of(std::uint64_t hash) const {
  return static_cast<std::size_t>((hash >> 32) * cells_.size() >> 32);
}

std::size_t Remembered::place_of(std::string_view id, std::uint64_t hash) const {
  std::size_t place = home_of(hash);
  while (cells_[place].at != kFree &&
         (cells_[place].tag != static_cast<std::uint32_t>(hash) || id_at(cells_[place].at) != id)) {
    place = after(place);
  }
  return place;
}

std::uint32_t Remembered::find(std::string_view id, std::uint64_t hash) const {
  return cells_.empty() ? kFree : cells_[place_of(id, hash)].at;
}

bool Remembered::add(std::string_view id, std::uint64_t hash) {
  // A table of 7/8 at most; it grows by half, so that it is not too empty either.
  if ((size_ + 1) * 8 > cells_.size() * 7) make_table(std::max(kCellsFirst, cells_.size() * 3 / 2));
  Cell& cell = cells_[place_of(id, hash)];
  if (cell.at == kFree) {
    cell = {static_cast<std::uint32_t>(hash), append(id)};
    ++size_;
    return true;
  }
  stop_waiting(cell.at);
  if (is_walking() || end_of(cell.at) == ids_.size()) return false;
  mark_gone(cell.at);
  cell.at = append(id);
  pack_if_due();
  return false;
}

bool Remembered::remove(std::string_view id, std::uint64_t hash) {
  if (cells_.empty()) return false;
  const std::size_t place = place_of(id, hash);
  if (cells_[place].at == kFree) return false;
  stop_waiting(cells_[place].at);
  mark_gone(cells_[place].at);
  free_cell(place);
  --size_;
  pack_if_due();
  return true;
}

void Remembered::clear() { *this = Remembered(); }

std::uint32_t Remembered::append(std::string_view id) {
  const std::size_t at = ids_.size();
  const std::size_t end = at + kHeadBytes + id.size();
  SHOAL_ASSERT(id.size() <= kSizeMask && end < kFree);
  if (end > ids_.capacity()) ids_.reserve(std::max(end, ids_.capacity() + ids_.capacity() / 4));
  ids_.resize(end);
  set_head(at, static_cast<std::uint32_t>(id.size()));
  std::memcpy(ids_.data() + at + kHeadBytes, id.data(), id.size());
  return static_cast<std::uint32_t>(at);
}

void Remembered::mark_gone(std::size_t at) {
  gone_bytes_ += end_of(at) - at;
  set_head(at, head(at) | kIsGone);
}

void Remembered::stop_waiting(std::size_t at) {
  if ((head(at) & kIsWaiting) == 0) return;
  set_head(at, head(at) & ~kIsWaiting);
  --waiting_;
}

// Those behind it move up, where they may.
void Remembered::free_cell(std::size_t place) {
  for (std::size_t next = after(place); cells_[next].at != kFree; next = after(next)) {
    const std::size_t home = home_of(hash_of(id_at(cells_[next].at)));
    const bool is_between = place <= next ? place < home && home <= next : place < home || home <= next;
    if (is_between) continue;
    cells_[place] = cells_[next];
    place = next;
  }
  cells_[place].at = kFree;
}

void Remembered::make_table(std::size_t cells) {
  const std::vector<Cell> old = std::exchange(cells_, std::vector<Cell>(cells, Cell{0, kFree}));
  for (const Cell& cell : old) {
    if (cell.at == kFree) continue;
    std::size_t place = home_of(hash_of(id_at(cell.at)));
    while (cells_[place].at != kFree) place = after(place);
    cells_[place] = cell;
  }
}

// Gone ones are at most as many bytes as the others.
void Remembered::pack_if_due() {
  if (is_walking() || gone_bytes_ * 2 <= std::max(ids_.size(), kPackedFromBytes)) return;
  std::vector<char> old;
  old.reserve(ids_.size() - gone_bytes_);
  old.swap(ids_);
  gone_bytes_ = 0;
  for (std::size_t at = 0; at < old.size();) {
    std::uint16_t head = 0;
    std::memcpy(&head, old.data() + at, kHeadBytes);
    const std::string_view id(old.data() + at + kHeadBytes, head & kSizeMask);
    at += kHeadBytes + id.size();
    if ((head & kIsGone) != 0) continue;
    const std::size_t to = append(id);
    set_head(to, head);
  }
  // The order of the ids has not changed: the table is made of them anew.
  std::fill(cells_.begin(), cells_.end(), Cell{0, kFree});
  for (std::size_t at = 0; at < ids_.size(); at = end_of(at)) {
    const std::uint64_t hash = hash_of(id_at(at));
    std::size_t place = home_of(hash);
    while (cells_[place].at != kFree) place = after(place);
    cells_[place] = {static_cast<std::uint32_t>(hash), static_cast<std::uint32_t>(at)};
  }
  divide_starts();
}

// --- who is to be started

void Remembered::start_all() {
  for (std::size_t at = 0; at < ids_.size(); at = end_of(at)) {
    if ((head(at) & (kIsGone | kIsWaiting)) != 0) continue;
    set_head(at, head(at) | kIsWaiting);
    ++waiting_;
  }
  divide_starts();
}

// Whoever waits is in one of the parts.
void Remembered::divide_starts() {
  starts_.clear();
  parts_.clear();
  parts_end_ = ids_.size();
  if (waiting_ == 0) return;
  for (std::size_t at = 0; at < ids_.size(); at = end_of(at)) {
    if (parts_.empty() || at >= parts_.back() + kPartBytes) parts_.push_back(at);
  }
}

void Remembered::started(std::string_view id, std::uint64_t hash) {
  if (const std::uint32_t at = find(id, hash); at != kFree) stop_waiting(at);
}

void Remembered::start_again(std::string_view id, std::uint64_t hash) {
  if (has(id, hash)) again_.emplace_back(id);
}

void Remembered::start_none() {
  again_.clear();
  for (std::size_t at = 0; waiting_ > 0; at = end_of(at)) stop_waiting(at);
  divide_starts();
}

std::optional<std::string> Remembered::next_start() {
  if (!again_.empty()) {
    std::string id = std::move(again_.front());
    again_.pop_front();
    return id;
  }
  while (waiting_ > 0) {
    while (!starts_.empty()) {
      const std::size_t at = starts_.back();
      starts_.pop_back();
      if ((head(at) & kIsWaiting) == 0) continue;
      stop_waiting(at);
      return std::string(id_at(at));
    }
    SHOAL_ASSERT(!parts_.empty());
    const std::size_t begin = parts_.back();
    parts_.pop_back();
    for (std::size_t at = begin; at < parts_end_; at = end_of(at)) {
      if ((head(at) & kIsWaiting) != 0) starts_.push_back(static_cast<std::uint32_t>(at));
    }
    parts_end_ = begin;
  }
  return std::nullopt;
}

// --- all of them, in steps

void Remembered::begin_walk() {
  walked_ = 0;
  walk_end_ = ids_.size();
}

std::vector<std::string_view> Remembered::walk(std::size_t bytes, std::size_t beside) {
  std::vector<std::string_view> ids;
  if (!walked_) return ids;
  std::size_t at = *walked_;
  for (std::size_t said = 0; at < walk_end_; at = end_of(at)) {
    if ((head(at) & kIsGone) != 0) continue;
    said += id_at(at).size() + beside;
    if (said > bytes && !ids.empty()) break;
    ids.push_back(id_at(at));
  }
  walked_ = at;
  if (ids.empty()) walked_.reset();
  return ids;
}

}  // namespace shoal::lanes
