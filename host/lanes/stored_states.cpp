#include "host/lanes/stored_states.hpp"

#include <iterator>
#include <utility>

namespace shoal::lanes {

namespace {

constexpr std::size_t kFirstCells = 64;
constexpr std::size_t kBytesBeside = 160;  // of a state: the entry, its place in the index, the strings' own

constexpr std::uint64_t cell_of(std::uint64_t hash) { return hash == 0 ? 1 : hash; }

}  // namespace

std::size_t IdHashes::place_of(std::uint64_t hash) const {
  const std::size_t mask = cells_.size() - 1;
  // The bits from the middle: which shard it is has used up the lowest ones, in part.
  std::size_t at = static_cast<std::size_t>(hash >> 16) & mask;
  while (cells_[at] != 0 && cells_[at] != hash) at = (at + 1) & mask;
  return at;
}

void IdHashes::add(std::uint64_t hash) {
  if (4 * (size_ + 1) > 3 * cells_.size()) {
    std::vector<std::uint64_t> old(cells_.empty() ? kFirstCells : 2 * cells_.size());
    old.swap(cells_);
    for (const std::uint64_t cell : old) {
      if (cell != 0) cells_[place_of(cell)] = cell;
    }
  }
  std::uint64_t& cell = cells_[place_of(cell_of(hash))];
  if (cell == 0) ++size_;
  cell = cell_of(hash);
}

bool IdHashes::has(std::uint64_t hash) const {
  return !cells_.empty() && cells_[place_of(cell_of(hash))] != 0;
}

std::size_t StoredStates::bytes_of(const Entry& entry) {
  return kBytesBeside + entry.state->entity.size() + entry.state->bytes.size();
}

void StoredStates::erase(Entries::iterator entry) {
  if (entry == next_) ++next_;
  if (backlog_ != nullptr) *backlog_ -= bytes_of(*entry);
  index_.erase(entry->state->entity);
  entries_.erase(entry);
}

void StoredStates::put(journal::SharedState state, std::uint64_t hash, std::uint64_t needs) {
  if (needs == not_appended) unstamped_.push_back(state->entity);
  const auto known = index_.find(state->entity);
  auto entry = known == index_.end() ? entries_.end() : known->second;
  // One that has not been given out keeps its place: who waits for that place waits for what is there now.
  if (entry != entries_.end() && entry->write == 0) {
    index_.erase(known);
    if (backlog_ != nullptr) *backlog_ -= bytes_of(*entry);
    entry->state = std::move(state);
    entry->needs = needs;
  } else {
    if (entry != entries_.end()) erase(entry);
    entry = entries_.insert(entries_.end(), {std::move(state), needs, ++puts_, 0});
    if (next_ == entries_.end()) next_ = entry;
  }
  index_.emplace(entry->state->entity, entry);
  if (backlog_ == nullptr) return;
  *backlog_ += bytes_of(*entry);
  hashes_.add(hash);
}

journal::SharedState StoredStates::find(std::string_view id) const {
  const auto found = index_.find(id);
  return found == index_.end() ? nullptr : found->second->state;
}

void StoredStates::activated(std::string_view id) {
  const auto found = index_.find(id);
  if (backlog_ == nullptr && found != index_.end()) erase(found->second);
}

void StoredStates::stamp(std::uint64_t through) {
  for (const std::string& id : unstamped_) {
    const auto found = index_.find(id);
    if (found != index_.end() && found->second->needs == not_appended) found->second->needs = through;
  }
  unstamped_.clear();
}

bool StoredStates::next_write(std::uint64_t counted, std::size_t bytes, std::uint64_t number,
                              std::vector<journal::SharedState>& states) {
  std::size_t given = 0;
  for (; next_ != entries_.end() && given < bytes; ++next_) {
    if (next_->needs == not_appended || next_->needs > counted) break;
    next_->write = number;
    states.push_back(next_->state);
    given += bytes_of(*next_);
  }
  return given > 0;
}

void StoredStates::written(std::uint64_t number) {
  while (!entries_.empty() && entries_.front().write != 0 && entries_.front().write <= number)
    erase(entries_.begin());
}

bool StoredStates::given_out(std::uint64_t puts) const {
  return next_ == entries_.end() || next_->put > puts;
}

void StoredStates::clear() {
  while (!entries_.empty()) erase(entries_.begin());
  next_ = entries_.end();
  unstamped_.clear();
  hashes_ = {};
}

}  // namespace shoal::lanes
