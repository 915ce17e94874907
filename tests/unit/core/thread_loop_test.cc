#include "core/thread_loop.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "rpc/asio_poller.h"

namespace tikv::core {
namespace {

using namespace std::chrono_literals;

class ThreadLoopTest : public testing::Test {
 protected:
  static std::unique_ptr<ThreadLoop> make_loop() {
    return std::make_unique<ThreadLoop>(std::make_unique<rpc::AsioPoller>());
  }
  // Runs `work` on the loop and waits for it.
  void on_loop(const std::function<void()>& work) {
    bool ran = false;
    ASSERT_TRUE(loop_->post_and_run_until(
        [&] {
          work();
          ran = true;
        },
        [&] { return ran; }));
  }

  std::unique_ptr<ThreadLoop> loop_ = make_loop();
};

TEST_F(ThreadLoopTest, RunsWhatIsPostedInTheOrderOfThePosts) {
  std::vector<int> seen;
  for (int i = 0; i < 100; ++i) loop_->post([&seen, i] { seen.push_back(i); });
  ASSERT_TRUE(loop_->run_until([&] { return seen.size() == 100; }));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
}

TEST_F(ThreadLoopTest, RunsWithoutAnybodyWaiting) {
  std::promise<std::thread::id> ran;
  loop_->post([&] { ran.set_value(std::this_thread::get_id()); });
  EXPECT_NE(ran.get_future().get(), std::this_thread::get_id());
}

TEST_F(ThreadLoopTest, WhatTheLastTurnHasDoneCountsForWhoWaits) {
  bool done = false;
  EXPECT_TRUE(loop_->post_and_run_until(
      [&] {
        done = true;
        loop_->stop();
      },
      [&] { return done; }));
}

// Work of a second turn: that is the caller's own, the loop's thread leaves after one with somebody who waits.
TEST_F(ThreadLoopTest, WhatTheLastTurnHasDoneCountsForWhoRunsTheLoop) {
  bool done = false;
  const auto last = [&] {
    done = true;
    loop_->stop();
  };
  EXPECT_TRUE(loop_->post_and_run_until([&] { loop_->post(last); }, [&] { return done; }));
}

TEST_F(ThreadLoopTest, WhatTheLastTurnHasDoneCountsForWhoWaitsWhileAnotherRunsTheLoop) {
  bool done = false;
  std::promise<void> somebody_runs_it;
  std::thread runner(
      [&] { EXPECT_FALSE(loop_->post_and_run_until([&] { somebody_runs_it.set_value(); }, [] { return false; })); });
  somebody_runs_it.get_future().wait();
  EXPECT_TRUE(loop_->post_and_run_until(
      [&] {
        done = true;
        loop_->stop();
      },
      [&] { return done; }));
  runner.join();
}

TEST_F(ThreadLoopTest, GoesOnWithoutTheCallerWhoLeft) {
  on_loop([] {});
  std::promise<void> fired;
  Timer timer(*loop_, [&] { fired.set_value(); });
  on_loop([&] { timer.set(loop_->now() + 5ms); });
  fired.get_future().wait();  // nobody is in run_until
  on_loop([&] { timer.cancel(); });
}

TEST_F(ThreadLoopTest, TheLoneCallerRunsTheLoopItself) {
  // The loop's thread is in the poller; what it cannot finish in one turn the caller takes over.
  int own = 0;
  for (int i = 0; i < 100; ++i) {
    std::thread::id ran_on;
    ASSERT_TRUE(loop_->post_and_run_until([&] { loop_->post([&] { ran_on = std::this_thread::get_id(); }); },
                                          [&] { return ran_on != std::thread::id(); }));
    own += ran_on == std::this_thread::get_id() ? 1 : 0;
  }
  EXPECT_GT(own, 0);
}

TEST_F(ThreadLoopTest, AHeldLoopIsPassedOnWhenTheCallerLeaves) {
  std::promise<void> fired;
  Timer timer(*loop_, [&] {
    loop_->unhold();
    fired.set_value();
  });
  on_loop([&] {
    loop_->hold();
    timer.set(loop_->now() + 1ms);
  });
  fired.get_future().wait();
  on_loop([&] { timer.cancel(); });
}

TEST_F(ThreadLoopTest, IsCurrentOnlyWhereItRuns) {
  EXPECT_FALSE(loop_->is_current());
  bool inside = false;
  on_loop([&] { inside = loop_->is_current(); });
  EXPECT_TRUE(inside);
  EXPECT_FALSE(loop_->is_current());
}

TEST_F(ThreadLoopTest, ADoneThatIsTrueAlreadyReturnsAtOnce) {
  EXPECT_TRUE(loop_->run_until([] { return true; }));
}

TEST_F(ThreadLoopTest, RunUntilOnTheLoopItselfRefuses) {
  bool answer = true;
  on_loop([&] { answer = loop_->run_until([] { return true; }); });
  EXPECT_FALSE(answer);
}

TEST_F(ThreadLoopTest, NowIsConstantWithinAPieceOfWorkAndGrowsBetweenTurns) {
  Time first{};
  on_loop([&] {
    first = loop_->now();
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(loop_->now(), first);
  });
  ASSERT_TRUE(loop_->run_until([&] { return loop_->now() > first; }));
}

TEST_F(ThreadLoopTest, TimersFireInTheirOrderAndNotEarly) {
  std::vector<int> order;
  std::vector<std::unique_ptr<Timer>> timers;
  Time start{};
  bool early = false;
  on_loop([&] {
    start = loop_->now();
    for (const int delay : {3, 1, 2, 1}) {
      timers.push_back(std::make_unique<Timer>(*loop_, [&, delay] {
        early = early || loop_->now() < start + std::chrono::milliseconds(delay);
        order.push_back(delay);
      }));
      timers.back()->set(start + std::chrono::milliseconds(delay));
    }
  });
  ASSERT_TRUE(loop_->run_until([&] { return order.size() == 4; }));
  EXPECT_EQ(order, (std::vector<int>{1, 1, 2, 3}));
  EXPECT_FALSE(early);
  on_loop([&] { timers.clear(); });
}

TEST_F(ThreadLoopTest, WorkThatPostsItselfLetsTimersAndOthersThrough) {
  std::atomic<bool> enough = false;
  std::function<void()> again = [&] {
    if (!enough) loop_->post(again);
  };
  loop_->post(again);
  bool fired = false;
  Timer timer(*loop_, [&] { fired = true; });
  loop_->post([&] { timer.set(loop_->now() + 1ms); });
  EXPECT_TRUE(loop_->run_until([&] { return fired; }));
  enough = true;
  on_loop([] {});
}

TEST_F(ThreadLoopTest, ATimerThatSetsItselfToNowLetsOthersThrough) {
  bool enough = false;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(*loop_, [&] {
    if (!enough) timer->set(loop_->now());
  });
  on_loop([&] { timer->set(loop_->now()); });
  on_loop([&] { enough = true; });
  on_loop([&] { timer.reset(); });
}

TEST_F(ThreadLoopTest, WhatIsPostedToAStoppedLoopIsDestroyedAndNotRun) {
  loop_->stop();
  bool ran = false;
  const auto witness = std::make_shared<int>(0);
  loop_->post([witness, &ran] { ran = true; });
  EXPECT_EQ(witness.use_count(), 1);
  EXPECT_FALSE(loop_->post_and_run_until([witness, &ran] { ran = true; }, [] { return false; }));
  EXPECT_EQ(witness.use_count(), 1);
  EXPECT_FALSE(ran);
}

TEST_F(ThreadLoopTest, StopReleasesThoseWhoWait) {
  std::atomic<int> waiting = 0;
  std::vector<std::thread> threads;
  std::atomic<int> released = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const bool done = loop_->post_and_run_until([&] { ++waiting; }, [] { return false; });
      if (!done) ++released;
    });
  }
  while (waiting < 4) std::this_thread::yield();
  loop_->stop();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(released, 4);
  EXPECT_FALSE(loop_->run_until([] { return true; }));
}

TEST_F(ThreadLoopTest, PostedWorkIsDestroyedBeforeAStoppedCallerReturns) {
  std::atomic<bool> alive = false;
  struct Flag {
    explicit Flag(std::atomic<bool>& flag) : alive(flag) { alive = true; }
    ~Flag() { alive = false; }
    std::atomic<bool>& alive;
  };
  bool answer = true;
  std::thread caller([&] {
    answer = loop_->post_and_run_until(
        [&] {
          loop_->post([flag = std::make_shared<Flag>(alive)] {});
          loop_->stop();
        },
        [] { return false; });
    EXPECT_FALSE(alive);
  });
  caller.join();
  EXPECT_FALSE(answer);
}

TEST_F(ThreadLoopTest, MayBeDestroyedOnItsOwnThread) {
  std::promise<void> destroyed;
  ThreadLoop& loop = *loop_;
  loop.post([this, &destroyed] {
    loop_.reset();
    destroyed.set_value();
  });
  destroyed.get_future().wait();
}

TEST_F(ThreadLoopTest, MayBeDestroyedByACallerWhoRunsIt) {
  ThreadLoop& loop = *loop_;
  bool destroyed = false;
  const bool answer = loop.post_and_run_until(
      [&] {
        loop_.reset();
        destroyed = true;
      },
      [&] { return false; });
  EXPECT_TRUE(destroyed);
  EXPECT_FALSE(answer);
}

TEST_F(ThreadLoopTest, ItsThreadTakesNoSignals) {
  sigset_t mask;
  sigemptyset(&mask);
  std::promise<void> asked;
  loop_->post([&] {
    pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    asked.set_value();
  });
  asked.get_future().wait();
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGUSR1, SIGALRM, SIGCHLD})
    EXPECT_EQ(sigismember(&mask, signal), 1);
}

TEST_F(ThreadLoopTest, RandomBitsDiffer) { EXPECT_NE(loop_->random(), loop_->random()); }

TEST_F(ThreadLoopTest, ManyThreadsPostAndBlockAndNothingIsLost) {
  constexpr int callers = 4;
  constexpr int rounds = 2000;
  int counter = 0;  // the loop's: a race would show in ThreadSanitizer
  std::atomic<int> posted = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < rounds; ++round) {
        bool ran = false;
        std::unique_ptr<Timer> timer;
        const bool with_timer = round % 500 == 0;
        ASSERT_TRUE(loop_->post_and_run_until(
            [&] {
              ++counter;
              if (!with_timer) {
                loop_->post([&] { ran = true; });
                return;
              }
              timer = std::make_unique<Timer>(*loop_, [&] {
                ran = true;
                timer.reset();
              });
              timer->set(loop_->now() + 1ms);
            },
            [&] { return ran; }));
      }
    });
    threads.emplace_back([&] {
      for (int round = 0; round < rounds; ++round) {
        loop_->post([&] {
          ++counter;
          ++posted;
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(loop_->run_until([&] { return posted == callers * rounds; }));
  int total = 0;
  on_loop([&] { total = counter; });
  EXPECT_EQ(total, 2 * callers * rounds);
}

TEST_F(ThreadLoopTest, StoppingUnderLoadNeitherHangsNorRunsWorkAfterwards) {
  for (int round = 0; round < 50; ++round) {
    auto loop = make_loop();
    std::atomic<bool> over = false;
    std::atomic<int> late = 0;
    std::vector<std::thread> threads;
    std::atomic<int> started = 0;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        bool alive = true;
        while (alive) {
          bool ran = false;
          alive = loop->post_and_run_until(
              [&] {
                if (over) ++late;
                ran = true;
              },
              [&] { return ran; });
          ++started;
        }
      });
    }
    while (started < 10) std::this_thread::yield();
    loop->stop();
    over = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(late, 0);
  }
}

}  // namespace
}  // namespace tikv::core
