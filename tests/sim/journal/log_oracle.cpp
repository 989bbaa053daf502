#include "tests/sim/journal/log_oracle.hpp"

#include <algorithm>

namespace shoal::sim {
namespace {

std::string in_epoch(std::uint64_t epoch) { return " in epoch " + std::to_string(epoch); }
std::string record(std::uint64_t sequence) { return "record " + std::to_string(sequence); }

}  // namespace

void LogOracle::tried(std::uint64_t epoch, std::uint64_t sequence, const std::string& text) {
  ownerships_[epoch].tried[sequence] = text;
}

void LogOracle::claimed(std::uint64_t epoch, std::uint32_t process,
                        std::optional<journal::Decision> decision) {
  Ownership& own = ownerships_[epoch];
  if (own.is_claimed) {
    breach("two owners" + in_epoch(epoch) + ": processes " + std::to_string(own.process) + " and " +
           std::to_string(process));
  }
  own.is_claimed = true;
  own.process = process;
  own.decision = decision;
  for (const auto& [earlier, other] : ownerships_) {
    if (earlier >= epoch || !other.decision || !decision || *other.decision <= *decision) continue;
    breach("a stale decision holds" + in_epoch(epoch) + ": it is older than that of epoch " +
           std::to_string(earlier));
  }
}

void LogOracle::believe(std::uint64_t epoch, std::uint64_t sequence, const std::string& text) {
  const auto [at, is_new] = known_.try_emplace(sequence, Known{text, epoch});
  if (!is_new && at->second.text != text) {
    return breach(record(sequence) + " is '" + at->second.text + "' and '" + text + "'" + in_epoch(epoch));
  }
  at->second.epoch = std::min(at->second.epoch, epoch);
  for (const auto& [later, own] : ownerships_) {
    if (later <= epoch || !own.has_read) continue;
    const auto found = own.texts.find(sequence);
    if (found != own.texts.end() && found->second == text) continue;
    return breach(record(sequence) + " counts" + in_epoch(epoch) + " and was not read" + in_epoch(later));
  }
}

// Of what one owner tried, only a beginning may be there.
void LogOracle::check_order(std::uint64_t epoch, const Texts& texts) {
  for (const auto& [of, own] : ownerships_) {
    bool is_missing = false;
    for (const auto& [sequence, text] : own.tried) {
      const auto found = texts.find(sequence);
      const bool is_there = found != texts.end() && found->second == text;
      if (is_there && is_missing) {
        return breach(record(sequence) + " was read" + in_epoch(epoch) + ", and not what its owner" +
                      in_epoch(of) + " wrote before it");
      }
      is_missing = is_missing || !is_there;
    }
  }
}

void LogOracle::read(std::uint64_t epoch, const Texts& texts) {
  for (const auto& [sequence, known] : known_) {
    if (known.epoch >= epoch || texts.contains(sequence)) continue;
    return breach(record(sequence) + " was known" + in_epoch(known.epoch) + " and is lost" + in_epoch(epoch));
  }
  check_order(epoch, texts);
  for (const auto& [sequence, text] : texts) {
    bool is_tried = false;
    for (const auto& [of, own] : ownerships_) {
      const auto found = own.tried.find(sequence);
      is_tried = is_tried || (found != own.tried.end() && found->second == text);
    }
    if (!is_tried) return breach(record(sequence) + " was read" + in_epoch(epoch) + ": nobody wrote it");
    believe(epoch, sequence, text);
  }
  Ownership& own = ownerships_[epoch];
  if (!own.has_read) own.texts = texts;
  own.has_read = true;
}

void LogOracle::counted(std::uint64_t epoch, std::uint64_t through) {
  Ownership& own = ownerships_[epoch];
  for (auto at = own.tried.upper_bound(own.counted); at != own.tried.end() && at->first <= through; ++at) {
    believe(epoch, at->first, at->second);
  }
  own.counted = std::max(own.counted, through);
}

}  // namespace shoal::sim
