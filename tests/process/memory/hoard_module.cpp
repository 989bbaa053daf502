// The module "hoard", type "hoard": an entity that holds as much memory as it is told to, in pieces of 1 KiB.
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/shoal.hpp"

namespace {

struct Hold {
  std::string_view kibibytes;
};
struct Count {
  std::string_view nothing;
};

struct Hoard {
  std::vector<std::string> pieces;

  void on(shoal::Context&, const Hold& message) {
    constexpr std::size_t kPieceBytes = 1024 - 32;  // less what goes with an allocation
    std::uint64_t count = 0;
    std::from_chars(message.kibibytes.data(), message.kibibytes.data() + message.kibibytes.size(), count);
    for (std::uint64_t i = 0; i < count; ++i) pieces.emplace_back(kPieceBytes, 'x');
  }
  void on(shoal::Context& ctx, const Count&) { ctx.reply(shoal::Raw{std::to_string(pieces.size())}); }
};

}  // namespace

SHOAL_MODULE("hoard", "1.0.0",
             shoal::entity<Hoard>("hoard").on<Hold>("hold", shoal::raw).on<Count>("count", shoal::raw))
