// The module under test of context_test.cpp: an entity that does what its messages say.
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "shoal/json.hpp"
#include "shoal/shoal.hpp"

namespace {

using namespace std::chrono_literals;

// What to do, and the one word it needs.
struct Do {
  std::string what;
  std::string word;
  SHOAL_FIELDS(Do, what, word)
  SHOAL_DEFAULTED(Do, word)
};
struct Empty {};
struct Blob {
  std::string_view bytes;
};
struct Note {
  std::string text;
  SHOAL_FIELDS(Note, text)
};

struct Settings {
  std::int64_t limit = 10;
  SHOAL_FIELDS(Settings, limit)
  SHOAL_DEFAULTED(Settings, limit)

  shoal::Counter things = {};
};

struct Shared {
  explicit Shared(const shoal::Config& config)
      : greeting(config.get<std::string>("greeting").value_or("hello")) {
    config.host().log(shoal::LogLevel::info, "the module starts");
  }
  std::string greeting;
};

struct Probe {
  std::vector<std::string> seen;
  shoal::ReplyToken token;
  SHOAL_FIELDS(Probe, seen, token)

  static shoal::Admission admit(const shoal::Record& record, const Settings& settings) {
    if (record.partition() > settings.limit)
      return shoal::Admission::dead_letter("a partition over the limit");
    if (record.key() == "throws") throw std::runtime_error("admit threw");
    if (record.key() == "bad") return shoal::Admission::dead_letter("a bad key");
    return shoal::Admission::accept();
  }

  static Settings configure(const shoal::Config& config) {
    auto settings = config.as<Settings>(shoal::json);
    if (settings.limit < 0) throw shoal::ConfigError("limit is below zero");
    settings.things = config.host().counter("things_total", "Things done.");
    return settings;
  }

  void on(shoal::Context& ctx, const Do& message) {
    seen.push_back(message.what);
    if (message.what == "fail") throw std::runtime_error("as it was told");
    if (message.what == "fail oddly") throw 5;
    if (message.what == "fail for memory") throw std::bad_alloc();
    if (message.what == "say who") ctx.reply(Note{std::string(ctx.id())});
    if (message.what == "look around") look_around(ctx);
    if (message.what == "answer") answer(ctx, message.word);
    if (message.what == "emit") emit(ctx, message.word);
    if (message.what == "send") send(ctx, message.word);
    if (message.what == "time") time(ctx, message.word);
    if (message.what == "end") end(ctx, message.word);
    if (message.what == "seen") ctx.reply(seen);
  }
  void on(shoal::Context& ctx, const Empty&) { ctx.reply(Note{"empty"}); }
  void on(shoal::Context& ctx, const Blob& blob) { ctx.reply(shoal::Raw{blob.bytes}); }
  void on(shoal::Context&, shoal::Tombstone) { seen.emplace_back("tombstone"); }

  void on_reply(shoal::Context& ctx, const shoal::Reply& reply) {
    const auto payload = reply.continuation().id() == 7 ? reply.continuation().as<Note>().text : "none";
    seen.push_back(reply.ok() ? "reply " + reply.as<Note>().text + " " + payload
                              : "no reply: " + std::string(reply.error()) + " " + payload);
    if (!token.empty()) ctx.reply_to(token, Note{"late"});
  }
  void on_timer(shoal::Context& ctx, const shoal::Timer& timer) {
    seen.push_back("timer " + std::string(timer.name()) + " " + std::to_string(timer.continuation().id()));
    if (timer.name() == "unstash") ctx.unstash();
    if (timer.name() == "no reply here") ctx.dead_letter("not in a timer");
  }
  void on_receive_timeout(shoal::Context& ctx) { ctx.passivate(); }
  void on_reminder(shoal::Context&, const shoal::Reminder& reminder) {
    seen.push_back("reminder " + std::string(reminder.name()));
  }
  void on_stop(shoal::Context& ctx, shoal::StopReason reason) {
    ctx.emit("log", std::nullopt, Note{"stopped " + std::to_string(static_cast<unsigned>(reason))});
  }

 private:
  static void look_around(shoal::Context& ctx) {
    std::string text = ctx.shared<Shared>().greeting + " " + std::to_string(ctx.settings<Settings>().limit);
    if (const auto record = ctx.record()) {
      text += " " + std::string(record->topic()) + "/" + std::to_string(record->partition()) + "/" +
              std::to_string(record->offset()) + " " + std::string(record->group().value_or("no group")) +
              " " + std::string(record->header("color").value_or("no color")) + " " +
              std::to_string(record->timestamp()->time_since_epoch().count());
    }
    text += " " + std::string(ctx.traceparent().value_or("no trace"));
    text += ctx.random()() == ctx.random()() ? " stuck" : " random";
    ctx.settings<Settings>().things.add(2);
    ctx.host().log(shoal::LogLevel::warning, text);
    ctx.emit("log", ctx.id(), Note{text});
  }

  void answer(shoal::Context& ctx, const std::string& how) {
    if (how == "error") ctx.reply_error("no such thing", shoal::Status::not_found);
    if (how == "twice") {
      ctx.reply(Note{"one"});
      ctx.reply(Note{"two"});
    }
    if (how == "later") token = ctx.reply_token();
    if (how == "now") ctx.reply_to(token, Note{"now"});
    if (how == "refuse") ctx.dead_letter("refused by the behaviour");
    if (how == "refuse and reply") {
      ctx.reply(Note{"both"});
      ctx.dead_letter("refused by the behaviour");
    }
  }

  static void emit(shoal::Context& ctx, const std::string& how) {
    const shoal::Header headers[] = {{"color", "red"}, {"empty", std::nullopt}};
    if (how == "headers") {
      const auto when = shoal::Timestamp{123ms};
      ctx.emit("log", "key", Note{"x"}, {.headers = headers, .timestamp = when});
    }
    if (how == "raw") ctx.emit("log", std::nullopt, shoal::Raw{"as it is"});
    if (how == "tombstone") ctx.emit("log", "key", shoal::Tombstone{});
    if (how == "unknown") ctx.emit("nowhere", std::nullopt, Note{"x"});
    if (how == "caught") {
      try {
        ctx.emit("nowhere", std::nullopt, Note{"x"});
      } catch (const shoal::EffectError& error) {
        ctx.emit("log", std::nullopt, Note{std::string(shoal::to_string(error.status()))});
      }
    }
    if (how == "then fail") {
      ctx.emit("log", std::nullopt, Note{"x"});
      throw std::runtime_error("after the emit");
    }
  }

  static void send(shoal::Context& ctx, const std::string& how) {
    const shoal::Address friend_of_mine{"friend", "id"};
    if (how == "tell") {
      ctx.tell(friend_of_mine, "greet", Note{"hi"},
               {.request_id = "r1", .activation = shoal::Activation::only_if_active});
    }
    if (how == "ask")
      ctx.ask(friend_of_mine, "greet", Note{"hi"}, {.timeout = 2s}, shoal::then(7, Note{"paid"}));
    if (how == "ask plainly") ctx.ask(friend_of_mine, "greet", Note{"hi"});
    if (how == "accepted") sure(ctx, shoal::Receipt::accepted);
    if (how == "processed") sure(ctx, shoal::Receipt::processed);
    if (how == "no receipt") sure(ctx, shoal::Receipt::none);
    if (how == "forward") ctx.forward(friend_of_mine);
    if (how == "forward another") ctx.forward(friend_of_mine, "greet", Note{"hi"});
    if (how == "nobody") ctx.tell({"friend", ""}, "greet", Note{"hi"});
    if (how == "too long") ctx.ask(friend_of_mine, "greet", Note{"hi"}, {.timeout = 25h});
  }

  static void sure(shoal::Context& ctx, shoal::Receipt level) {
    ctx.tell({"friend", "id"}, "greet", Note{"hi"}, {.request_id = "r1"}, {.level = level, .timeout = 2s},
             shoal::then(7, Note{"paid"}));
  }

  static void time(shoal::Context& ctx, const std::string& how) {
    if (how == "once") ctx.set_timer("once", 5s, shoal::then(3));
    if (how == "again") ctx.set_timer("once", {.delay = 7s});
    if (how == "repeat") ctx.set_timer("repeat", {.delay = 1s, .interval = 2s});
    if (how == "cancel") ctx.cancel_timer("repeat");
    if (how == "nameless") ctx.set_timer("", 1s);
    if (how == "past") ctx.set_timer("past", -1s);
    if (how == "wrong phase") ctx.set_timer("no reply here", 1s);
    if (how == "stash until") ctx.set_timer("unstash", 1s);
    if (how == "quiet") ctx.set_receive_timeout(10s);
    if (how == "not quiet") ctx.cancel_receive_timeout();
    const auto now = std::chrono::time_point_cast<shoal::Milliseconds>(ctx.now());
    if (how == "remind") ctx.set_reminder("tea", {.due = now + 1h});
    if (how == "do not remind") ctx.cancel_reminder("tea");
    if (how == "stash") ctx.stash();
  }

  static void end(shoal::Context& ctx, const std::string& how) {
    if (how == "stop") ctx.stop();
    if (how == "passivate") ctx.passivate();
    if (how == "unknown event") ctx.persist(Note{"x"});
  }
};

}  // namespace

SHOAL_MODULE("probe", "2.5", shoal::shared<Shared>(),
             shoal::entity<Probe>("probe")
                 .on<Do>("do", shoal::json)
                 .on<Empty>("empty", shoal::json)
                 .on<Blob>("blob", shoal::raw))
