#pragma once
// Mail: the messages and replies a lane's turns want to send, kept as data until the batch has run.
//
// Owned and used by one lane. Everything is copied into arenas that are reused batch after batch. A turn that
// fails is rolled back to the mark taken before it. Bounded by `mail_bytes_max`: a turn that would pass it is
// refused. Replies are let through, since what they answer was bounded.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "host/lanes/envelope.hpp"

namespace shoal::lanes {

inline constexpr std::size_t mail_bytes_max = 16 * 1024 * 1024;

// An ask that becomes outstanding when its envelope leaves. Views live until the mail is changed.
struct AskStart {
  EntityRef asker;
  std::uint32_t continuation_id;
  std::string_view payload;
};

class Mail {
 public:
  struct Mark {
    std::size_t envelope_bytes;
    std::size_t asks;
    std::size_t payload_bytes;
  };

  Mark mark() const { return {envelopes_.bytes(), asks_.size(), payloads_.size()}; }
  void roll_back(const Mark& mark);

  // False where it would pass the bound; nothing was taken then.
  bool add(const EnvelopeParts& parts);
  // An ask of an entity: its reply address is given when it leaves. False also where `set_ask_room` is used
  // up.
  bool add_ask(const EnvelopeParts& parts, const AskStart& start);
  void add_reply(const EnvelopeParts& parts) { envelopes_.add(parts); }

  // How many asks more may become outstanding, those of `lend_asks` among them.
  void set_ask_room(std::size_t asks) { ask_room_ = asks > lent_asks_ ? asks - lent_asks_ : 0; }
  // That wait here or are lent: nobody else may take their room.
  std::size_t claimed_asks() const { return asks_.size() + lent_asks_; }

  // Puts so many asks of the room aside at most, for a turn that fills a mail of its own. Gives how many.
  std::size_t lend_asks(std::size_t wanted);
  void return_asks(std::size_t lent);
  // Takes all of the mail of such a turn, in which asks began `late_by_ns` ago: their deadlines count from
  // now. Requires: what was lent for its asks is returned afterwards.
  void take_over(Mail& from, std::int64_t late_by_ns);

  // Calls `visit(Envelope&)` for each that was added since the mark.
  template <class Visit>
  void for_each_since(const Mark& mark, Visit&& visit) {
    for (std::size_t at = mark.envelope_bytes; at < envelopes_.bytes(); at += envelopes_.at(at).size())
      visit(envelopes_.at(at));
  }

  // One that was in another mail. Requires: whoever moves it has room for its ask.
  Envelope& add_copy(const Envelope& envelope, const AskStart* start);

  bool empty() const { return envelopes_.empty(); }
  std::size_t bytes() const { return envelopes_.bytes(); }
  // The envelope that was added when there were so many bytes. Valid until the next is added.
  const Envelope& envelope_at(std::size_t at) const { return envelopes_.at(at); }

  // Calls `visit(Envelope&, const AskStart*)` for each in the order they were added, then forgets all. The
  // second is null where no entity of this lane asks. `visit` must not add.
  template <class Visit>
  void take_all(Visit&& visit) {
    std::size_t next_ask = 0;
    for (std::size_t at = 0; at < envelopes_.bytes();) {
      Envelope& envelope = envelopes_.at(at);
      const bool asks = next_ask < asks_.size() && asks_[next_ask].envelope_at == at;
      if (asks) {
        const AskStart start = start_of(asks_[next_ask++]);
        visit(envelope, &start);
      } else {
        visit(envelope, nullptr);
      }
      at += envelope.size();
    }
    roll_back({0, 0, 0});
  }

 private:
  struct StoredAsk {
    std::size_t envelope_at;
    EntityRef asker;
    std::uint32_t continuation_id;
    std::size_t payload_at;
    std::size_t payload_size;
  };

  AskStart start_of(const StoredAsk& ask) const {
    return {ask.asker, ask.continuation_id, {payloads_.data() + ask.payload_at, ask.payload_size}};
  }

  EnvelopeBuffer envelopes_;
  std::vector<StoredAsk> asks_;
  std::vector<char> payloads_;
  std::size_t ask_room_ = 0;
  std::size_t lent_asks_ = 0;
};

}  // namespace shoal::lanes
