// Goal: between two shards every tell takes effect once and in order, whatever the way loses, repeats or
// reorders and whenever either side forgets what its log does not hold. Method: random steps with the
// production windows and arrivals; logs are lists of what they hold.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "host/lanes/tell_arrivals.hpp"
#include "host/lanes/tell_windows.hpp"

namespace shoal::lanes {
namespace {

enum class What : std::uint8_t {
  tell,
  deliver,
  deliver_and_keep,
  lose,
  count_receiver,
  acknowledge,
  tick,
  crash_sender,
  crash_receiver,
  checkpoint_sender,
  no_room,
};

struct Event {
  What what = What::tell;
  std::size_t which = 0;
};

std::ostream& operator<<(std::ostream& out, const Event& event) {
  return out << static_cast<int>(event.what) << ":" << event.which;
}

constexpr ShardId kSender{1};
constexpr ShardId kReceiver{2};

class Pair {
 public:
  void take(const Event& event) {
    switch (event.what) {
      case What::tell:
        return tell();
      case What::deliver:
        return deliver(event.which, false, true);
      case What::deliver_and_keep:
        return deliver(event.which, true, true);
      case What::no_room:
        return deliver(event.which, false, false);
      case What::lose:
        if (!way_.empty()) way_.erase(way_.begin() + place(event.which));
        return;
      case What::count_receiver:
        counted_ = staged_.size();
        return;
      case What::acknowledge:
        return acknowledge();
      case What::tick:
        now_ns_ += static_cast<std::int64_t>(event.which % 5) * 500'000'000;
        return resend();
      case What::crash_sender:
        return crash_sender();
      case What::crash_receiver:
        return crash_receiver();
      case What::checkpoint_sender:
        return checkpoint_sender();
    }
  }

  // From here on nothing fails.
  void settle() {
    for (int round = 0; round < 200 && windows_.size() > 0; ++round) {
      now_ns_ += 40'000'000'000;
      resend();
      while (!way_.empty()) deliver(0, false, true);
      counted_ = staged_.size();
      acknowledge();
    }
    RC_ASSERT(windows_.size() == 0U);
    RC_ASSERT(windows_.bytes() == 0U);
    RC_ASSERT(staged_.size() == told_);
    for (std::size_t at = 0; at < staged_.size(); ++at) RC_ASSERT(staged_[at].serial == at);
  }

 private:
  struct OnTheWay {
    TellMark mark;
    std::uint64_t serial;
  };
  // What the sender's log has.
  struct Logged {
    journal::EmitId id;
    std::string sink;
    std::string body;
    std::string place;
  };
  struct Taken {
    std::uint64_t number;
    std::int64_t low;
    std::uint64_t serial;
    std::uint32_t source;
  };

  std::ptrdiff_t place(std::size_t which) const { return static_cast<std::ptrdiff_t>(which % way_.size()); }

  TellMark mark_of(const TellWindows::Window& window, std::uint64_t number) const {
    return {window.source, TypeIndex{0}, kSender, false, number, window.first};
  }

  void tell() {
    const std::string body = std::to_string(told_++);
    TellWindows::Window& window =
        windows_.add("purse", kReceiver, {"a", "coins", body, {}, {}, {}}, now_ns_ / 1'000'000, now_ns_);
    const std::size_t index = window.queue.size() - 1;
    window.queue.set_emit_id(index, {journal::Sequence{++sequence_}, 0});
    const auto note = windows_.take_note();
    if (note) notes_.push_back(*note);
    log(window, index);
    way_.push_back({mark_of(window, window.next() - 1), told_ - 1});
  }

  void log(const TellWindows::Window& window, std::size_t index) {
    const StoredTell tell = window.queue.at(index);
    log_.push_back(
        {window.queue.emit_id(index), window.sink, std::string(*tell.body), std::string(tell.place)});
  }

  void deliver(std::size_t which, bool stays, bool has_room) {
    if (way_.empty()) return;
    const OnTheWay came = way_[which % way_.size()];
    if (!stays) way_.erase(way_.begin() + place(which));
    if (arrivals_.look(came.mark) != TellArrival::next) return;
    if (!has_room) return arrivals_.refused(came.mark);
    arrivals_.taken(came.mark);
    const Taken taken{came.mark.number, arrivals_.low_of(came.mark).value, came.serial, came.mark.source};
    hold(taken);
    staged_.push_back(taken);
  }

  void hold(const Taken& taken) {
    received_.add(taken.source, Partition{1}, {Offset{static_cast<std::int64_t>(taken.number)}, -1, 0},
                  Offset{taken.low});
  }

  // An acknowledgement leaves when what it is about counts.
  void acknowledge() {
    if (counted_ < staged_.size()) return;
    arrivals_.want_refused();
    arrivals_.take_acknowledgements([&](ShardId, TypeIndex, const TellMark& mark) {
      windows_.acknowledge({number_of_sink("purse"), kReceiver}, mark.source, mark.number, mark.again,
                           now_ns_);
    });
  }

  void resend() {
    windows_.resend(now_ns_, sequence_,
                    [&](const TellWindows::Window& window, const StoredTell& tell, std::uint64_t number) {
                      way_.push_back({mark_of(window, number), std::stoull(std::string(*tell.body))});
                      return true;
                    });
  }

  void crash_sender() {
    windows_.clear();
    sent_.clear();
    if (said_) sent_ = *said_;
    for (const journal::SourcePosition& note : notes_) {
      sent_.add(note.source, Partition{note.partition}, {Offset{note.offset}, note.timestamp_ms, note.crc},
                Offset{note.finished_below});
    }
    for (const Logged& logged : log_) {
      const std::vector<journal::Header> headers{{"shoal-message", "coins"}, {"shoal-tell", logged.place}};
      RC_ASSERT(windows_.replay(logged.id, {logged.sink, "a", logged.body, headers, -1}));
    }
    windows_.recovered();
  }

  // All is said anew, and what stood before goes.
  void checkpoint_sender() {
    windows_.say(sent_);
    said_ = sent_;
    notes_.clear();
    log_.clear();
    windows_.for_each([&](const TellWindows::Window& window, std::size_t index) { log(window, index); });
  }

  void crash_receiver() {
    arrivals_.clear();
    received_.clear();
    staged_.resize(counted_);
    for (const Taken& taken : staged_) hold(taken);
  }

  std::int64_t now_ns_ = 1;
  std::uint64_t told_ = 0;
  std::uint64_t sequence_ = 0;
  std::size_t holding_ = 0;
  SourcePositions sent_;
  TellWindows windows_{"chest", sent_, {}, holding_};
  std::vector<journal::SourcePosition> notes_;
  std::optional<SourcePositions> said_;
  std::vector<Logged> log_;
  std::deque<OnTheWay> way_;
  SourcePositions received_;
  TellArrivals arrivals_{received_};
  std::vector<Taken> staged_;  // in the order in which they ran
  std::size_t counted_ = 0;
};

rc::Gen<Event> an_event() {
  return rc::gen::map(rc::gen::pair(rc::gen::weightedElement<What>({{6, What::tell},
                                                                    {8, What::deliver},
                                                                    {2, What::deliver_and_keep},
                                                                    {2, What::lose},
                                                                    {4, What::count_receiver},
                                                                    {4, What::acknowledge},
                                                                    {3, What::tick},
                                                                    {1, What::crash_sender},
                                                                    {1, What::crash_receiver},
                                                                    {1, What::checkpoint_sender},
                                                                    {1, What::no_room}}),
                                    rc::gen::inRange<std::size_t>(0, 1000)),
                      [](const std::pair<What, std::size_t>& event) {
                        return Event{event.first, event.second};
                      });
}

TEST(TellPropertyTest, EachTellTakesEffectOnceAndInOrder) {
  const char* is_long = std::getenv("SHOAL_TEST_LONG");
  const bool takes_long = is_long != nullptr && *is_long != '\0';
  ::setenv("RC_PARAMS", takes_long ? "max_success=50000 max_size=400" : "max_success=1000 max_size=200", 0);
  const bool holds = rc::check("each tell takes effect once and in order", [] {
    Pair pair;
    for (const Event& event : *rc::gen::container<std::vector<Event>>(an_event())) pair.take(event);
    pair.settle();
  });
  EXPECT_TRUE(holds) << "the steps and the seed stand above";
}

}  // namespace
}  // namespace shoal::lanes
