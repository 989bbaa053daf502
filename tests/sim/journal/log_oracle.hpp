#pragma once
// LogOracle: what must hold of the log of one shard, whoever owns it. It stands outside the production
// objects and is told what each owner was told: its claim, what it read, what counts.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "journal/ids.hpp"
#include "tests/sim/journal/owner.hpp"

namespace shoal::sim {

class LogOracle {
 public:
  explicit LogOracle(std::vector<std::string>& breaches) : breaches_(breaches) {}

  // An owner has put the text into a batch.
  void tried(std::uint64_t epoch, std::uint64_t sequence, const std::string& text);
  // It has the log. `decision`: of a coordinator, that it was given to claim with.
  void claimed(std::uint64_t epoch, std::uint32_t process, std::optional<journal::Decision> decision);
  // Who has it read this.
  void read(std::uint64_t epoch, const Texts& texts);
  // It may answer for all that it tried up to there.
  void counted(std::uint64_t epoch, std::uint64_t through);
  void breach(const std::string& what) { breaches_.push_back(what); }

  // Of the last who claimed, or wrote.
  std::uint64_t newest_epoch() const { return ownerships_.empty() ? 0 : ownerships_.rbegin()->first; }
  std::uint64_t texts_known() const { return known_.size(); }

 private:
  struct Known {
    std::string text;
    std::uint64_t epoch;  // of the first who knew
  };
  struct Ownership {
    std::uint32_t process = 0;
    std::optional<journal::Decision> decision;
    bool is_claimed = false;
    bool has_read = false;
    Texts texts;  // that it read
    Texts tried;
    std::uint64_t counted = 0;
  };

  // From now on every owner of a later epoch has it.
  void believe(std::uint64_t epoch, std::uint64_t sequence, const std::string& text);
  void check_order(std::uint64_t epoch, const Texts& texts);

  std::vector<std::string>& breaches_;
  std::map<std::uint64_t, Ownership> ownerships_;
  std::map<std::uint64_t, Known> known_;
};

}  // namespace shoal::sim
