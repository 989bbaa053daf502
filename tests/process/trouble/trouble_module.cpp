// The module "trouble", type "trouble": an entity that fails, or whose turn does not end, when it is told so.
// The module itself does not end before somebody has opened and closed the fifo of its setting `fifo_at_end`.
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
struct BlockAtStop {
  std::string_view fifo;
};
struct Passivate {
  std::string_view nothing;
};
struct Linger {
  std::string_view nothing;
};
struct Ping {
  std::string_view nothing;
};

// Ends when somebody opens the other end of the fifo and closes it.
void block_on(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "r"), &std::fclose);
  if (!file) throw std::runtime_error("no such fifo: " + path);
  while (std::fgetc(file.get()) != EOF) {
  }
}

struct Whole {
  explicit Whole(const shoal::Config& config)
      : fifo_at_end(config.get<std::string>("fifo_at_end").value_or("")) {}
  void quiesce() const {
    if (!fifo_at_end.empty()) block_on(fifo_at_end);
  }
  std::string fifo_at_end;
};

struct Trouble {
  std::string fifo_at_stop;

  void on(shoal::Context&, const Fail& message) { throw std::runtime_error(std::string(message.why)); }
  void on(shoal::Context& ctx, const Block& message) {
    block_on(std::string(message.fifo));
    ctx.reply(shoal::Raw{"done"});
  }
  void on(shoal::Context& ctx, const BlockAtStop& message) {
    fifo_at_stop = message.fifo;
    ctx.reply(shoal::Raw{"done"});
  }
  void on(shoal::Context& ctx, const Passivate&) {
    ctx.reply(shoal::Raw{"bye"});
    ctx.passivate();
  }
  void on(shoal::Context&, const Linger&) {}
  void on(shoal::Context& ctx, const Ping&) { ctx.reply(shoal::Raw{"pong"}); }
  void on_stop(shoal::Context&, shoal::StopReason) {
    if (!fifo_at_stop.empty()) block_on(fifo_at_stop);
  }
};

}  // namespace

SHOAL_MODULE("trouble", "1.2.3", shoal::shared<Whole>(),
             shoal::entity<Trouble>("trouble")
                 .on<Fail>("fail", shoal::raw)
                 .on<Block>("block", shoal::raw)
                 .on<BlockAtStop>("block_at_stop", shoal::raw)
                 .on<Passivate>("passivate", shoal::raw)
                 .on<Linger>("linger", shoal::raw)
                 .on<Ping>("ping", shoal::raw))
