#pragma once
// FailureDetector: finds out which members have stopped answering (SWIM: Das, Gupta, Motivala, 2002; with
// Lifeguard).
//
//        every probe_interval                 probe_timeout                    probe_deadline
//   idle ───────────────────► ping sent ─────────────────► asked through others ─────────► accused
//                                 │ answer, or any message of it         │
//                                 └──────────────► well ◄────────────────┘
//   accused ── two accusers (where there are two), suspicion time over ──► unreachable ── quarantine ──► for
//   good
//      ▲            │ it refutes                                                │ it refutes
//      └── well ◄───┴───────────────────────────────────────────────────────────┘
//
// A watcher that hears an accusation of one it watches probes it at once. One whose connection to it closed
// does so too, gives it `lost_deadline_ms`, and once it is accused waits for the other accuser only: a
// process that lives connects again. A node whose own probes mostly fail asks members all over the cluster,
// so that one that was cut off notices. A node that woke late holds nobody to what it missed. An unreachable
// member is probed on; a watcher quarantines it when `quarantine_after_ms` are over and its last
// `quarantine_probes_min` probes of it were in vain, unless the watcher reaches no more than half of the
// members and so may be the one that is cut off. Times are steady milliseconds. [control], one a node.

#include <cstdint>
#include <map>
#include <vector>

#include "cluster/local_health.hpp"
#include "cluster/member_table.hpp"
#include "cluster/phi.hpp"
#include "cluster/random.hpp"
#include "cluster/suspicion.hpp"
#include "cluster/watch_ring.hpp"

namespace shoal::cluster {

// Off is plain SWIM, to measure what Lifeguard is good for: no local health, one length of suspicion, and no
// word to the accused ahead of all others.
enum class Lifeguard : std::uint8_t { on, off };

struct DetectorConfig {
  std::int64_t probe_interval_ms = 500;
  std::int64_t probe_timeout_ms = 300;   // until others are asked; times the local health's factor
  std::int64_t probe_deadline_ms = 900;  // until it is accused; times the local health's factor
  std::int64_t lost_deadline_ms = 250;   // the same where its connection closed; times the same factor
  std::uint32_t watchers_max = 5;        // of one member
  std::uint32_t mediators = 3;           // asked to probe for us
  std::uint32_t accusers_min = 2;        // where there are that many watchers that could
  std::uint32_t local_health_worst = 4;  // local_health.hpp
  Lifeguard lifeguard = Lifeguard::on;
  std::int64_t quarantine_after_ms = 120'000;  // of being unreachable, with nothing acknowledged
  std::uint32_t quarantine_probes_min = 10;    // unanswered by it in a row, by one watcher
  std::int64_t stall_ms = 300;                 // woken this much too late: what was under way is forgiven
  std::uint32_t sweep_probes_max = 64;         // an interval, while own probes mostly fail
  SuspicionConfig suspicion;
};

// What the detector wants done.
class DetectorActions {
 public:
  virtual void ping(Uid to, std::uint32_t sequence) = 0;
  virtual void ping_through(Uid mediator, Uid subject, std::uint32_t sequence) = 0;
  virtual void accuse(Uid subject) = 0;
  virtual void declare_unreachable(Uid subject) = 0;
  virtual void quarantine(Uid subject) = 0;

 protected:
  ~DetectorActions() = default;
};

class FailureDetector {
 public:
  FailureDetector(const DetectorConfig& config, Uid self, std::uint64_t seed);

  // The table gained, lost or changed a member, this node among them.
  void table_changed(const MemberTable& table, Uid uid, std::int64_t now_ms, DetectorActions& actions);

  // Does what is due. Calls `actions`, which may change the table and call `table_changed`.
  // True where this node woke so late that what was under way is forgiven.
  bool tick(const MemberTable& table, std::int64_t now_ms, DetectorActions& actions);
  std::int64_t wakeup_ms() const { return wakeup_ms_; }

  // The connection to a member closed, by its end or because nothing came through it.
  void connection_lost(const MemberTable& table, Uid uid, std::int64_t now_ms, DetectorActions& actions);
  // Anything came from a member then: it lives. The time may be one that is over.
  void heard(Uid from, std::int64_t now_ms);
  void answered(Uid subject, std::uint32_t sequence, std::int64_t now_ms);
  // A mediator says that it got no answer either, so it is not we who are cut off.
  void not_answered(std::uint32_t sequence);
  // Others accused this node, which has refuted.
  void was_accused() { local_health_.worsen(1); }

  double phi(Uid subject, std::int64_t now_ms) const;
  bool watches(Uid subject) const;
  std::int64_t health_factor() const { return local_health_.factor(); }
  std::size_t probes_under_way() const { return probes_.size(); }

 private:
  struct Probe {
    std::uint32_t sequence;
    Uid subject;
    std::int64_t sent_ms;
    std::int64_t timeout_ms;   // when others are asked
    std::int64_t deadline_ms;  // when it is accused
    std::uint32_t asked = 0;   // mediators
    std::uint32_t nacks = 0;
  };
  struct Suspicion {
    std::uint32_t refutation;
    std::int64_t since_ms;
  };
  struct Contact {
    std::int64_t heard_ms = -1;
    bool is_lost = false;          // its connection closed, and nothing was heard since
    std::uint32_t unanswered = 0;  // probes in a row
    Phi phi;
  };

  void forgive(std::int64_t late_ms);
  void watch_again();
  void probe_next(const MemberTable& table, std::int64_t now_ms, DetectorActions& actions);
  void sweep(const MemberTable& table, std::int64_t now_ms, DetectorActions& actions);
  void probe(Uid subject, std::int64_t now_ms, DetectorActions& actions);
  void follow_probes(const MemberTable& table, std::int64_t now_ms, DetectorActions& actions);
  void ask_others(const MemberTable& table, Probe& probe, DetectorActions& actions);
  void fail(const Probe& probe, const MemberTable& table, DetectorActions& actions);
  void follow_suspicions(const MemberTable& table, std::int64_t now_ms, DetectorActions& actions);
  void follow_unreachable(const MemberTable& table, std::int64_t now_ms, DetectorActions& actions);
  bool has_enough_accusers(const MemberTable& table, const Member& member) const;
  bool is_probing(Uid subject) const;
  bool is_lost(Uid subject) const;
  std::int64_t allowed_ms(const MemberTable& table, const Member& member) const;
  void note_outcome(bool answered);
  void plan_wakeup(const MemberTable& table, std::int64_t now_ms);

  DetectorConfig config_;
  Uid self_;
  Random random_;
  LocalHealth local_health_;
  WatchRing ring_;
  bool ring_changed_ = false;
  std::vector<Uid> watched_;  // in the order of this round
  std::size_t next_watched_ = 0;
  std::vector<Probe> probes_;
  std::uint32_t last_sequence_ = 0;
  std::uint8_t outcomes_ = 0xff;  // of the last 8 probes, a bit each, 1 where answered
  std::map<Uid, Suspicion> suspicions_;
  std::map<Uid, std::int64_t> unreachable_since_ms_;
  std::map<Uid, Contact> contacts_;  // of those that are watched or probed
  std::int64_t next_probe_ms_ = 0;
  std::int64_t wakeup_ms_ = 0;
};

}  // namespace shoal::cluster
