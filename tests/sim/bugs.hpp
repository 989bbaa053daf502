#pragma once
// Bugs: mistakes planted around the production objects, to prove that the oracles see them. A bug spoils what
// a node says, hears, is configured with or decides by; the code of cluster/ has no switch for any of them.

#include <array>
#include <cstdint>
#include <memory>

#include "cluster/membership.hpp"
#include "cluster/singleton.hpp"

namespace shoal::sim {

enum class Bug : std::uint8_t {
  none,
  forged_acknowledgements,  // says that everybody has acknowledged
  claimed_agreement,        // says that its view is agreed on, whatever it is
  silent_acknowledgements,  // never says what it has acknowledged
  silent_accusations,       // keeps to itself whom it accuses
  lost_refutations,         // its refutations are never told
  lost_removals,            // never hears that a member was removed
  forged_answers,           // says that a member answered without asking it
  no_repair,                // news is told once, and tables are never compared
  oversized_messages,       // takes no heed of the byte budget
  impatient_suspicion,      // one accuser is enough, and at once
  every_seed_is_first,      // each seed node may begin a cluster
  reused_uid,               // a restarted process keeps its uid
  both_sides_go_on,         // whoever decides keeps its own side
  tie_keeps_both,           // half of the members are taken for a majority
  quorum_below_half,        // a quorum that two sides can have
  silent_metrics,           // never says its metrics
  forged_words,             // says that it does not run the singleton, whatever it does
  lost_words,               // never says so
  no_removal_margin,        // takes over from a removed member at once
  unseeded_chance,          // draws from what no seed gives
};

inline constexpr std::array all_bugs = {
    Bug::forged_acknowledgements, Bug::claimed_agreement,   Bug::silent_acknowledgements,
    Bug::silent_accusations,      Bug::lost_refutations,    Bug::lost_removals,
    Bug::forged_answers,          Bug::no_repair,           Bug::oversized_messages,
    Bug::impatient_suspicion,     Bug::every_seed_is_first, Bug::reused_uid,
    Bug::both_sides_go_on,        Bug::tie_keeps_both,      Bug::quorum_below_half,
    Bug::silent_metrics,          Bug::forged_words,        Bug::lost_words,
    Bug::no_removal_margin,       Bug::unseeded_chance,
};

const char* name_of(Bug bug);

void spoil(Bug bug, cluster::MembershipConfig& config, const std::string& own_address);
void spoil(Bug bug, cluster::SingletonConfig& config);
std::unique_ptr<const cluster::DowningStrategy> spoil(
    Bug bug, std::unique_ptr<const cluster::DowningStrategy> strategy);
// False where the message is lost to the bug.
bool spoil_said(Bug bug, cluster::Message& message);
bool spoil_heard(Bug bug, cluster::Message& message);

}  // namespace shoal::sim
