// What a module is given that older versions of it wrote, and messages: a saved state, an event, a body, a
// record. The first byte says which, the second is a version.
#include <cstdint>
#include <stdexcept>
#include <string>

#include "shoal/json.hpp"
#include "shoal/msgpack.hpp"
#include "shoal/shoal.hpp"
#include "shoal/testkit.hpp"
#include "target.hpp"

namespace {

struct Change {
  std::int64_t by = 0;
  std::string reason;
  SHOAL_FIELDS(Change, by, reason)
};

// Version 2; version 1 had no reason.
struct Changed {
  Changed() = default;
  explicit Changed(const struct ChangedBy& older);
  std::int64_t by = 0;
  std::string reason;
  SHOAL_FIELDS(Changed, by, reason)
};
struct ChangedBy {
  std::int64_t by = 0;
  SHOAL_FIELDS(ChangedBy, by)
};
Changed::Changed(const ChangedBy& older) : by(older.by) {}

struct FirstState {
  std::string sum;
  SHOAL_FIELDS(FirstState, sum)
};

// Its sum wraps: no input may make it overflow.
struct Ledger {
  std::uint64_t sum = 0;
  std::map<std::string, std::uint64_t> by_reason;
  SHOAL_FIELDS(Ledger, sum, by_reason)

  void on(shoal::Context& ctx, const Change& change) {
    Changed event;
    event.by = change.by;
    event.reason = change.reason;
    ctx.persist(event);
  }
  void apply(const Changed& event) {
    sum += static_cast<std::uint64_t>(event.by);
    by_reason[event.reason] += 1;
  }
  void migrate(const FirstState& older) {
    if (older.sum.size() > 20) throw std::runtime_error("no number is so long");
    sum = older.sum.size();
  }
};

using shoal::Status;
using shoal::testkit::Kit;

void load_state(Kit& kit, std::uint32_t version, std::string_view bytes) {
  if (kit.load("a", version, bytes) != Status::ok) {
    shoal::fuzz::require(!kit.active("a"), "a state that cannot be loaded leaves no entity");
    return;
  }
  const std::string saved = kit.save("a");
  kit.describe("a");
  shoal::fuzz::require(kit.reload("a") == Status::ok, "what was loaded is saved and loaded again");
  shoal::fuzz::require(kit.save("a") == saved, "and is the same then");
}

void run_turn(Kit& kit, unsigned kind, std::uint32_t version, std::string_view bytes) {
  try {
    if (kind == 1) kit.append_event("a", {"changed", version, std::string(bytes)});
    if (kind == 2) {
      kit.record("change", {.key = "a", .value = std::string(bytes)});
    } else {
      kit.tell("a", "change", kind == 1 ? R"({"by":1,"reason":"r"})" : bytes);
    }
  } catch (const shoal::testkit::Misuse&) {
    // The kit's word for an event that the module refuses.
  }
}

}  // namespace

namespace shoal::fuzz {

void run(std::string_view input) {
  const unsigned kind = take_byte(input) % 4;
  const std::uint32_t version = take_byte(input) % 4;
  Kit kit("ledger");
  if (kind == 0) {
    load_state(kit, version, input);
  } else {
    run_turn(kit, kind, version, input);
  }
}

}  // namespace shoal::fuzz

SHOAL_MODULE("state", "1",
             shoal::entity<Ledger>("ledger")
                 .on<Change>("change", shoal::json)
                 .event<Changed, ChangedBy>("changed", shoal::json)
                 .state<FirstState>(shoal::msgpack))
