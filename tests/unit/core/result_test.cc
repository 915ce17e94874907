#include "tikv/result.h"

#include <gtest/gtest.h>

#include <string>

namespace tikv {
namespace {

struct Pair {
  int first = 1;
};

Error timed_out() { return {ErrorKind::deadline_exceeded, "the server said:\n\x1b[2Jnothing"}; }

// One line, with the error in it, whatever the server put into its text.
constexpr const char* refused =
    "^tikv: .* or -> was used on a Result that holds an error: deadline_exceeded: the server said:"
    "..\\[2Jnothing\n$";

TEST(ResultDeathTest, AValueThatIsNotThereEndsTheProcessAndTellsTheError) {
  EXPECT_EXIT((void)*Result<int>(timed_out()), ::testing::KilledBySignal(SIGABRT), refused);
  const Result<Pair> result = timed_out();
  EXPECT_EXIT((void)*result, ::testing::KilledBySignal(SIGABRT), refused);
  EXPECT_EXIT((void)result->first, ::testing::KilledBySignal(SIGABRT), refused);
  Result<Pair> other = timed_out();
  EXPECT_EXIT((void)other->first, ::testing::KilledBySignal(SIGABRT), refused);
  EXPECT_EXIT((void)*other, ::testing::KilledBySignal(SIGABRT), refused);
}

TEST(ResultDeathTest, TheErrorOfASuccessEndsTheProcess) {
  EXPECT_EXIT((void)Result<int>(7).error().kind(), ::testing::KilledBySignal(SIGABRT), "^tikv: error\\(\\) was .*\n$");
  EXPECT_EXIT((void)Result<void>().error().kind(), ::testing::KilledBySignal(SIGABRT), "^tikv: error\\(\\) was .*\n$");
}

TEST(Result, GivesWhatItHolds) {
  EXPECT_EQ(Result<Pair>(Pair{3})->first, 3);
  EXPECT_EQ(Result<Pair>(timed_out()).error().kind(), ErrorKind::deadline_exceeded);
  EXPECT_EQ(Result<void>(timed_out()).error().kind(), ErrorKind::deadline_exceeded);
  EXPECT_THROW((void)Result<int>(timed_out()).value(), Exception);
}

}  // namespace
}  // namespace tikv
