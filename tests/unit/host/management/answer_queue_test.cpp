// Goal: answers of any thread reach the reader once, are bounded, and outlive it. Method: tickets used,
// dropped, used twice, from many threads, and after the reader has gone.
#include "host/management/answer_queue.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <thread>
#include <vector>

namespace shoal::management {
namespace {

Response with_status(unsigned status) {
  Response response;
  response.status = status;
  return response;
}

bool is_readable(int descriptor) {
  pollfd waiting{descriptor, POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1;
}

TEST(AnswerQueue, GivesAnAnswerOnce) {
  const auto queue = std::make_shared<AnswerQueue>(4);
  {
    const Deliver deliver = queue->ticket({7, 3});
    EXPECT_FALSE(is_readable(queue->event_fd()));
    deliver([] { return with_status(201); });
    deliver([] { return with_status(202); });
  }
  EXPECT_TRUE(is_readable(queue->event_fd()));
  queue->clear_event();
  EXPECT_FALSE(is_readable(queue->event_fd()));
  const auto answer = queue->take();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->request.connection, 7U);
  EXPECT_EQ(answer->request.number, 3U);
  EXPECT_EQ(answer->make().status, 201U);
  EXPECT_FALSE(queue->take().has_value());
}

TEST(AnswerQueue, ADroppedTicketSaysSo) {
  const auto queue = std::make_shared<AnswerQueue>(4);
  queue->ticket({1, 1});
  const auto answer = queue->take();
  ASSERT_TRUE(answer.has_value());
  EXPECT_FALSE(answer->make);
}

TEST(AnswerQueue, TicketsAreBounded) {
  const auto queue = std::make_shared<AnswerQueue>(2);
  const Deliver first = queue->ticket({1, 1});
  Deliver second = queue->ticket({2, 1});
  EXPECT_FALSE(queue->ticket({3, 1}));
  second([] { return Response{}; });
  EXPECT_FALSE(queue->ticket({3, 1})) << "a ticket that was used is out until it is let go";
  second = nullptr;
  EXPECT_TRUE(queue->ticket({3, 1}));
}

TEST(AnswerQueue, AnswersOfManyThreadsAllArrive) {
  constexpr unsigned threads_count = 4;
  constexpr unsigned answers_each = 500;
  const auto queue = std::make_shared<AnswerQueue>(threads_count * answers_each);
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < threads_count; ++thread) {
    std::vector<Deliver> tickets;
    for (unsigned number = 0; number < answers_each; ++number)
      tickets.push_back(queue->ticket({thread, number}));
    threads.emplace_back([tickets = std::move(tickets)]() mutable {
      for (Deliver& deliver : tickets) deliver([] { return Response{}; });
    });
  }
  std::vector<std::uint64_t> next(threads_count, 0);
  unsigned taken = 0;
  while (taken < threads_count * answers_each) {
    pollfd waiting{queue->event_fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&waiting, 1, 20'000), 1) << "only " << taken << " answers came";
    queue->clear_event();
    while (const auto answer = queue->take()) {
      EXPECT_EQ(answer->request.number, next[answer->request.connection]++)
          << "a thread's answers keep their order";
      ++taken;
    }
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(AnswerQueue, AnAnswerAfterTheReaderHasGoneIsHarmless) {
  auto queue = std::make_shared<AnswerQueue>(4);
  Deliver deliver = queue->ticket({1, 1});
  queue.reset();
  std::thread([deliver = std::move(deliver)] { deliver([] { return Response{}; }); }).join();
}

}  // namespace
}  // namespace shoal::management
