// Goal: inside its window a request runs once and its repetitions get the same reply, and memory stays inside
// its bounds. Method: hand-made cases of each bound, then random runs by seed against a model that keeps a
// plain list and searches it.

#include "host/lanes/request_window.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <random>
#include <string>
#include <vector>

namespace shoal::lanes {
namespace {

constexpr RequestWindow::Options kRoomy{.window_ms = 1'000, .entries_max = 1'000, .bytes_max = 1 << 20};

KeptReply ok(std::string_view body) { return {SHOAL_STATUS_OK, SHOAL_CODEC_JSON, body}; }

TEST(RequestWindowTest, ARepeatedRequestGetsTheReplyOfTheFirst) {
  RequestWindow window(kRoomy);
  const auto first = window.begin(7, "a", 0);
  EXPECT_EQ(first.state, RequestState::fresh);
  EXPECT_EQ(window.begin(7, "a", 1).state, RequestState::running);
  EXPECT_TRUE(
      window.finish(first.key, {SHOAL_STATUS_FAILED, SHOAL_CODEC_MSGPACK, "a longer body than inline"}));
  const auto again = window.begin(7, "a", 999);
  ASSERT_EQ(again.state, RequestState::answered);
  const KeptReply reply = window.reply(again.key);
  EXPECT_EQ(reply.status, SHOAL_STATUS_FAILED);
  EXPECT_EQ(reply.codec, SHOAL_CODEC_MSGPACK);
  EXPECT_EQ(reply.body, "a longer body than inline");
}

TEST(RequestWindowTest, OtherEntitiesAndOtherIdsAreOtherRequests) {
  RequestWindow window(kRoomy);
  EXPECT_EQ(window.begin(7, "a", 0).state, RequestState::fresh);
  EXPECT_EQ(window.begin(8, "a", 0).state, RequestState::fresh);
  EXPECT_EQ(window.begin(7, "b", 0).state, RequestState::fresh);
  EXPECT_EQ(window.begin(7, std::string_view("a\0", 2), 0).state, RequestState::fresh);
  EXPECT_EQ(window.begin(7, std::string(request_id_bytes_max, 'a'), 0).state, RequestState::fresh);
  EXPECT_EQ(window.begin(7, std::string(request_id_bytes_max, 'a'), 0).state, RequestState::running);
  EXPECT_EQ(window.size(), 5U);
}

TEST(RequestWindowTest, TheWindowBeginsWithTheFirstRequest) {
  RequestWindow window(kRoomy);
  const auto first = window.begin(7, "a", 0);
  window.finish(first.key, ok("1"));
  EXPECT_EQ(window.begin(7, "a", 999).state, RequestState::answered);
  EXPECT_EQ(window.begin(7, "a", 1'000).state, RequestState::fresh);
  EXPECT_FALSE(window.finish(first.key, ok("late")));
  EXPECT_EQ(window.forgotten_early(), 0U);
}

TEST(RequestWindowTest, AFailedRequestRunsAgain) {
  RequestWindow window(kRoomy);
  const auto first = window.begin(7, "a", 0);
  EXPECT_TRUE(window.forget(first.key));
  EXPECT_FALSE(window.forget(first.key));
  EXPECT_FALSE(window.finish(first.key, ok("late")));
  EXPECT_EQ(window.begin(7, "a", 1).state, RequestState::fresh);
}

TEST(RequestWindowTest, AFullWindowForgetsTheOldestAndCountsIt) {
  RequestWindow window({.window_ms = 1'000, .entries_max = 2, .bytes_max = 1 << 20});
  const auto first = window.begin(1, "a", 0);
  window.begin(2, "a", 0);
  window.begin(3, "a", 0);
  EXPECT_EQ(window.size(), 2U);
  EXPECT_EQ(window.forgotten_early(), 1U);
  EXPECT_FALSE(window.finish(first.key, ok("late")));
  EXPECT_EQ(window.begin(2, "a", 0).state, RequestState::running);
  EXPECT_EQ(window.begin(1, "a", 0).state, RequestState::fresh);
}

TEST(RequestWindowTest, ALargeReplyPushesTheOldestOutAndNeverItself) {
  const std::uint64_t bytes = 3 * RequestWindow::entry_bytes;
  RequestWindow window({.window_ms = 1'000, .entries_max = 10, .bytes_max = bytes});
  const auto first = window.begin(1, "a", 0);
  window.begin(2, "a", 0);
  window.begin(3, "a", 0);
  EXPECT_TRUE(window.finish(first.key, ok(std::string(RequestWindow::entry_bytes + 1, 'x'))));
  EXPECT_EQ(window.size(), 1U);
  EXPECT_LE(window.bytes(), bytes);
  EXPECT_EQ(window.forgotten_early(), 2U);
  EXPECT_EQ(window.begin(1, "a", 0).state, RequestState::answered);
}

TEST(RequestWindowTest, AReplyThatNeverFitsIsAnsweredAsTooLargeAndNotRunAgain) {
  RequestWindow window({.window_ms = 1'000, .entries_max = 10, .bytes_max = 2 * RequestWindow::entry_bytes});
  const auto first = window.begin(1, "a", 0);
  EXPECT_TRUE(window.finish(first.key, ok(std::string(RequestWindow::entry_bytes + 1, 'x'))));
  const auto again = window.begin(1, "a", 0);
  ASSERT_EQ(again.state, RequestState::answered);
  EXPECT_EQ(window.reply(again.key).status, SHOAL_STATUS_TOO_LARGE);
  EXPECT_FALSE(window.reply(again.key).body.empty());
  EXPECT_EQ(window.bytes(), RequestWindow::entry_bytes);
}

TEST(RequestWindowTest, ExpireFreesASilentWindowInSteps) {
  RequestWindow window(kRoomy);
  for (std::uint64_t i = 0; i < 100; ++i) window.begin(i, "a", static_cast<std::int64_t>(i));
  window.expire(999, 1'000);
  EXPECT_EQ(window.size(), 100U);
  window.expire(1'049, 30);
  EXPECT_EQ(window.size(), 70U);
  window.expire(1'049, 1'000);
  EXPECT_EQ(window.size(), 50U);
  window.expire(10'000, 1'000);
  EXPECT_EQ(window.size(), 0U);
  EXPECT_EQ(window.bytes(), 0U);
}

TEST(RequestWindowDeathTest, RefusesIdsOutsideTheirBounds) {
  RequestWindow window(kRoomy);
  EXPECT_DEATH(window.begin(1, "", 0), "assertion failed");
  EXPECT_DEATH(window.begin(1, std::string(request_id_bytes_max + 1, 'a'), 0), "assertion failed");
}

// Forgets at once what is out of the window, and searches a list.
class Model {
 public:
  struct Request {
    std::uint64_t entity_hash;
    std::string id;
    std::int64_t begun_ms;
    RequestState state = RequestState::running;
    std::string body{};
    bool is_kept = false;
    RequestKey key{};
  };

  explicit Model(const RequestWindow::Options& options) : options_(options) {}

  void expire(std::int64_t now_ms) {
    list.remove_if([&](const Request& each) { return now_ms - each.begun_ms >= options_.window_ms; });
  }

  std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const Request& each : list) sum += RequestWindow::entry_bytes + each.body.size();
    return sum;
  }

  Request* find(std::uint64_t entity_hash, const std::string& id) {
    for (Request& each : list) {
      if (each.entity_hash == entity_hash && each.id == id) return &each;
    }
    return nullptr;
  }

  Request& add(std::uint64_t entity_hash, const std::string& id, std::int64_t now_ms) {
    while (list.size() == options_.entries_max || bytes() + RequestWindow::entry_bytes > options_.bytes_max) {
      list.pop_front();
      ++forgotten_early;
    }
    return list.emplace_back(Request{entity_hash, id, now_ms});
  }

  void finish(Request& request, const std::string& body) {
    request.state = RequestState::answered;
    request.is_kept = body.size() + RequestWindow::entry_bytes <= options_.bytes_max;
    if (!request.is_kept) return;
    while (bytes() + body.size() > options_.bytes_max) {
      list.erase(&list.front() == &request ? std::next(list.begin()) : list.begin());
      ++forgotten_early;
    }
    request.body = body;
  }

  std::list<Request> list;  // oldest first
  std::uint64_t forgotten_early = 0;

 private:
  RequestWindow::Options options_;
};

class RequestWindowRandomTest : public testing::TestWithParam<std::uint64_t> {
 protected:
  void begin() {
    const std::uint64_t entity_hash = random_() % 12 * 0x9e3779b97f4a7c15U;
    const std::string id(random_() % 4 + 1, static_cast<char>('a' + random_() % 3));
    model_.expire(now_ms_);
    const auto seen = window_.begin(entity_hash, id, now_ms_);
    if (Model::Request* known = model_.find(entity_hash, id); known != nullptr) {
      ASSERT_EQ(seen.state, known->state);
      ASSERT_EQ(seen.key.sequence, known->key.sequence);
      if (seen.state != RequestState::answered) return;
      const KeptReply reply = window_.reply(seen.key);
      ASSERT_EQ(reply.status, known->is_kept ? SHOAL_STATUS_OK : SHOAL_STATUS_TOO_LARGE);
      if (known->is_kept) {
        ASSERT_EQ(reply.body, known->body);
      }
      return;
    }
    ASSERT_EQ(seen.state, RequestState::fresh);
    model_.add(entity_hash, id, now_ms_).key = seen.key;
    keys_.push_back(seen.key);
  }

  // One of the keys ever given ends well or badly.
  void end() {
    if (keys_.empty()) return;
    const std::size_t chosen = random_() % keys_.size();
    const RequestKey key = keys_[chosen];
    keys_.erase(keys_.begin() + static_cast<std::ptrdiff_t>(chosen));
    const auto known = std::find_if(model_.list.begin(), model_.list.end(), [&](const Model::Request& each) {
      return each.key.sequence == key.sequence;
    });
    if (random_() % 4 == 0) {
      ASSERT_EQ(window_.forget(key), known != model_.list.end());
      if (known != model_.list.end()) model_.list.erase(known);
      return;
    }
    const std::string body(random_() % 3 == 0 ? random_() % 3'000 : random_() % 40, 'x');
    ASSERT_EQ(window_.finish(key, ok(body)), known != model_.list.end());
    if (known != model_.list.end()) model_.finish(*known, body);
  }

  std::mt19937_64 random_{GetParam()};
  // By turns the bytes and the entries are what runs out first.
  RequestWindow::Options options_{
      .window_ms = 50, .entries_max = GetParam() % 2 == 0 ? 20U : 6U, .bytes_max = 2'500};
  RequestWindow window_{options_};
  Model model_{options_};
  std::vector<RequestKey> keys_;
  std::int64_t now_ms_ = 0;
};

TEST_P(RequestWindowRandomTest, EqualsTheModel) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  for (int step = 0; step < 5'000 && !HasFatalFailure(); ++step) {
    now_ms_ += static_cast<std::int64_t>(random_() % 4);
    if (random_() % 3 == 0) {
      end();
    } else {
      begin();
    }
    ASSERT_EQ(window_.forgotten_early(), model_.forgotten_early);
    ASSERT_LE(window_.bytes(), options_.bytes_max);
    ASSERT_LE(window_.size(), options_.entries_max);
    if (random_() % 50 != 0) continue;
    model_.expire(now_ms_);
    window_.expire(now_ms_, UINT32_MAX);
    ASSERT_EQ(window_.size(), model_.list.size());
    ASSERT_EQ(window_.bytes(), model_.bytes());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RequestWindowRandomTest, testing::Range<std::uint64_t>(0, 10));

}  // namespace
}  // namespace shoal::lanes
