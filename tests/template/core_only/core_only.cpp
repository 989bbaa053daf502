// A module whose messages are plain bytes: it needs no codec library. It also holds what would leak out of a
// shared library or pin it for ever if shoal_add_module let it.

#include <string>

#include "shoal/shoal.hpp"

// A symbol that asks to be visible: the version script keeps it in.
extern "C" SHOAL_EXPORT int core_only_answer() { return 42; }

namespace core_only {

// A static of an inline function: one STB_GNU_UNIQUE symbol for the whole process by g++'s default.
inline int& turn_count() {
  static int count = 0;
  return count;
}

struct Echo {
  void on(shoal::Context& ctx, const shoal::Raw& message) {
    ++turn_count();
    ctx.reply(shoal::Raw{message.data});
  }
};

}  // namespace core_only

SHOAL_MODULE("core_only", "1.0.0", shoal::entity<core_only::Echo>("echo").on<shoal::Raw>("echo", shoal::raw))
