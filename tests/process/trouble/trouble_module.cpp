// The module "trouble", type "trouble": an entity that fails, or whose turn does not end, when it is told so.
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "shoal/shoal.hpp"

namespace {

struct Fail {
  std::string_view why;
};
struct Block {
  std::string_view fifo;
};
struct Ping {
  std::string_view nothing;
};

struct Trouble {
  void on(shoal::Context&, const Fail& message) { throw std::runtime_error(std::string(message.why)); }
  // The turn ends when somebody opens the other end of the fifo and closes it.
  void on(shoal::Context& ctx, const Block& message) {
    const std::string path(message.fifo);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "r"), &std::fclose);
    if (!file) throw std::runtime_error("no such fifo: " + path);
    while (std::fgetc(file.get()) != EOF) {
    }
    ctx.reply(shoal::Raw{"done"});
  }
  void on(shoal::Context& ctx, const Ping&) { ctx.reply(shoal::Raw{"pong"}); }
};

}  // namespace

SHOAL_MODULE("trouble", "1.2.3",
             shoal::entity<Trouble>("trouble")
                 .on<Fail>("fail", shoal::raw)
                 .on<Block>("block", shoal::raw)
                 .on<Ping>("ping", shoal::raw))
