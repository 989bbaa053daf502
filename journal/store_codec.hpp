#pragma once
// Keys and values of the state store as bytes. Pure; FORMAT.md describes them.
//
// A value begins with the CRC of its key and of the rest of the value, so that a value under another key is
// as damaged as one with a flipped bit.

#include <optional>
#include <string>
#include <string_view>

#include "journal/ids.hpp"
#include "journal/record.hpp"
#include "journal/store_mark.hpp"

namespace shoal::journal {

// Of the value that says which version of the format this is.
std::string version_key();
std::string mark_key(LogShard shard);
// What the keys of all states of the shard begin with, and the first key behind them.
std::string states_begin(LogShard shard);
std::string states_end(LogShard shard);
std::string state_key(LogShard shard, std::string_view entity);
// Requires: the key begins with states_begin.
std::string_view entity_of(std::string_view state_key);

std::string version_value();
std::string mark_value(LogShard shard, const StoreMark& mark);
std::string state_value(std::string_view key, const StoredState& state);

// Whether it is this version's.
bool is_version(std::string_view value);
// None: damaged.
std::optional<StoreMark> mark_of(LogShard shard, std::string_view value);
// Its texts are views into the key and the value.
std::optional<StoredState> state_of(std::string_view key, std::string_view value);

}  // namespace shoal::journal
