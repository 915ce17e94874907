#include "core/timer_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace tikv::core {
namespace {

// Only what timers ask of a loop.
class TimersOnly final : public Loop {
 public:
  [[nodiscard]] Time now() const override { return now_; }
  [[nodiscard]] WallTime wall_now() const override { return {}; }
  [[nodiscard]] std::uint64_t random() override { return 0; }
  [[nodiscard]] bool is_current() const override { return true; }
  void post(std::function<void()>) override {}
  bool run_until(const std::function<bool()>&) override { return false; }
  TimerQueue& timers() override { return queue_; }

  void advance_to(Time time) {
    now_ = time;
    while (queue_.fire_one(now_)) {
    }
  }

 private:
  Time now_{};
  TimerQueue queue_;
};

Time at(int nanoseconds) { return Time(Duration(nanoseconds)); }

class TimerQueueTest : public testing::Test {
 protected:
  std::unique_ptr<Timer> make(int name) {
    return std::make_unique<Timer>(loop_, [this, name] { fired_.push_back(name); });
  }
  TimersOnly loop_;
  std::vector<int> fired_;
};

TEST_F(TimerQueueTest, FiresWhenItsTimeHasComeAndNotBefore) {
  const auto timer = make(1);
  timer->set(at(10));
  EXPECT_EQ(loop_.timers().next(), at(10));
  loop_.advance_to(at(9));
  EXPECT_TRUE(fired_.empty());
  loop_.advance_to(at(10));
  EXPECT_EQ(fired_, std::vector<int>{1});
  EXPECT_FALSE(timer->armed());
  EXPECT_EQ(loop_.timers().next(), never);
}

TEST_F(TimerQueueTest, EqualTimesFireInTheOrderInWhichTheyWereSet) {
  std::vector<std::unique_ptr<Timer>> timers;
  for (int name = 0; name < 20; ++name) timers.push_back(make(name));
  for (int name = 19; name >= 0; --name) timers[static_cast<std::size_t>(name)]->set(at(5));
  loop_.advance_to(at(5));
  ASSERT_EQ(fired_.size(), 20U);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(fired_[static_cast<std::size_t>(i)], 19 - i);
}

TEST_F(TimerQueueTest, SettingAnArmedTimerMovesIt) {
  const auto timer = make(1);
  timer->set(at(10));
  timer->set(at(20));
  EXPECT_EQ(loop_.timers().size(), 1U);
  loop_.advance_to(at(19));
  EXPECT_TRUE(fired_.empty());
  loop_.advance_to(at(20));
  EXPECT_EQ(fired_.size(), 1U);
}

TEST_F(TimerQueueTest, NeverAndTheDestructorDisarm) {
  const auto timer = make(1);
  timer->set(at(10));
  timer->set(never);
  EXPECT_FALSE(timer->armed());
  auto gone = make(2);
  gone->set(at(10));
  gone.reset();
  EXPECT_EQ(loop_.timers().size(), 0U);
  loop_.advance_to(at(100));
  EXPECT_TRUE(fired_.empty());
}

TEST_F(TimerQueueTest, ATimerMayDestroyItselfAndCancelOthersWhenItFires) {
  std::unique_ptr<Timer> self;
  const auto other = make(2);
  std::vector<int> own(3, 7);
  self = std::make_unique<Timer>(loop_, [this, &self, &other, own] {
    self.reset();
    other->cancel();
    fired_.push_back(own[2]);  // what the function holds outlives the timer
  });
  self->set(at(1));
  other->set(at(1));
  loop_.advance_to(at(1));
  EXPECT_EQ(fired_, std::vector<int>{7});
}

TEST_F(TimerQueueTest, ATimerMaySetItselfAgainWhenItFires) {
  int count = 0;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(loop_, [&] {
    if (++count < 5) timer->set(saturating_add(loop_.now(), Duration(0)));
  });
  timer->set(at(3));
  loop_.advance_to(at(3));
  EXPECT_EQ(count, 5);
}

TEST_F(TimerQueueTest, AgreesWithASortedListUnderRandomUse) {
  std::mt19937 random(20240611);
  constexpr int count = 64;
  std::vector<std::unique_ptr<Timer>> timers;
  for (int name = 0; name < count; ++name) timers.push_back(make(name));
  std::vector<std::pair<Time, std::pair<int, int>>> expected;  // when, order of setting, name
  int order = 0;
  int clock = 0;
  for (int step = 0; step < 20'000; ++step) {
    const int name = static_cast<int>(random() % count);
    std::erase_if(expected, [&](const auto& entry) { return entry.second.second == name; });
    if (random() % 4 == 0) {
      timers[static_cast<std::size_t>(name)]->cancel();
    } else {
      const Time when = at(clock + static_cast<int>(random() % 50));
      timers[static_cast<std::size_t>(name)]->set(when);
      expected.push_back({when, {order++, name}});
    }
    if (random() % 8 != 0) continue;
    clock += static_cast<int>(random() % 20);
    std::sort(expected.begin(), expected.end());
    std::vector<int> due;
    while (!expected.empty() && expected.front().first <= at(clock)) {
      due.push_back(expected.front().second.second);
      expected.erase(expected.begin());
    }
    fired_.clear();
    loop_.advance_to(at(clock));
    ASSERT_EQ(fired_, due) << "step " << step;
    ASSERT_EQ(loop_.timers().size(), expected.size());
  }
}

TEST(LoopTimeTest, AdditionStopsAtNever) {
  EXPECT_EQ(saturating_add(at(5), Duration::max()), never);
  EXPECT_EQ(saturating_add(at(5), Duration(3)), at(8));
}

}  // namespace
}  // namespace tikv::core
