// The entity type `counter`: adds up what it is told, and says the sum to whoever asks.

#include <cstdint>

#include "shoal/json.hpp"
#include "shoal/shoal.hpp"

namespace {

// The messages. In JSON: {"amount": 2}, and {} or nothing at all.
struct Add {
  std::int64_t amount = 0;
  SHOAL_FIELDS(Add, amount)
};

struct Get {};

// One object is one counter. SHOAL_FIELDS names what is saved, shown to people, and here also what `get`
// replies.
struct Counter {
  std::int64_t count = 0;
  SHOAL_FIELDS(Counter, count)

  void on(shoal::Context&, const Add& add) { count += add.amount; }

  void on(shoal::Context& ctx, const Get&) { ctx.reply(*this); }
};

}  // namespace

SHOAL_MODULE("counter", "1.0.0",
             shoal::entity<Counter>("counter").on<Add>("add", shoal::json).on<Get>("get", shoal::json))
