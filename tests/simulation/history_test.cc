// The judge of histories must be able to fail: known bad ones, and good ones that look odd.
#include "testing/raw_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace tikv::testing {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = RawOperation::Kind;
using Outcome = RawOperation::Outcome;

core::Time at(int second) { return core::Time(seconds(second)); }

class JudgeTest : public ::testing::Test {
 protected:
  JudgeTest() {
    truth.apply(at(1), "a", "a1");
    truth.apply(at(2), "b", "b1");
    truth.apply(at(10), "a", "a2");
    truth.apply(at(20), "a", std::nullopt);
  }
  static RawOperation operation(Kind kind, int began, int ended, Outcome outcome = Outcome::success) {
    RawOperation made;
    made.kind = kind;
    made.began = at(began);
    made.ended = at(ended);
    made.timeout = seconds(100);
    made.limit = 100;
    made.outcome = outcome;
    return made;
  }
  static RawOperation write(std::string key, std::string value, int began, int ended, Outcome outcome) {
    RawOperation made = operation(Kind::put, began, ended, outcome);
    made.pairs.push_back(KeyValue{std::move(key), std::move(value)});
    return made;
  }
  static RawOperation get(std::string key, int began, int ended) {
    RawOperation made = operation(Kind::get, began, ended);
    made.pairs.push_back(KeyValue{std::move(key), ""});
    return made;
  }
  static RawOperation get(const std::string& key, std::string value, int began, int ended) {
    RawOperation made = get(key, began, ended);
    made.result.push_back(KeyValue{key, std::move(value)});
    return made;
  }
  [[nodiscard]] std::vector<std::string> judge(const RawOperation& judged, bool in_doubt = false) const {
    return check(judged, truth, [in_doubt](const RawOperation&) { return in_doubt; });
  }

  RawTruth truth;
};

TEST_F(JudgeTest, ReadGivesWhatTheKeyHeldAtSomeMoment) {
  EXPECT_THAT(judge(get("a", "a1", 5, 6)), IsEmpty());
  EXPECT_THAT(judge(get("a", "a1", 9, 11)), IsEmpty());
  EXPECT_THAT(judge(get("a", "a2", 9, 11)), IsEmpty());
  EXPECT_THAT(judge(get("a", 19, 21)), IsEmpty());
  EXPECT_THAT(judge(get("never", 1, 2)), IsEmpty());
}

TEST_F(JudgeTest, StaleInventedAndLostValuesAreFound) {
  EXPECT_THAT(judge(get("a", "a1", 11, 12)), ElementsAre(HasSubstr("read a as a1")));
  EXPECT_THAT(judge(get("a", "a2", 5, 6)), ElementsAre(HasSubstr("read a as a2")));
  EXPECT_THAT(judge(get("a", "other", 5, 6)), ElementsAre(HasSubstr("read a as other")));
  EXPECT_THAT(judge(get("a", 5, 6)), ElementsAre(HasSubstr("read a as absent")));
  RawOperation foreign = get("a", "a1", 5, 6);
  foreign.result.push_back(KeyValue{"b", "b1"});
  EXPECT_THAT(judge(foreign), ElementsAre(HasSubstr("returned b, not asked for")));
}

TEST_F(JudgeTest, SuccessfulWriteMustHaveBeenAppliedMeanwhile) {
  EXPECT_THAT(judge(write("a", "a2", 9, 10, Outcome::success)), IsEmpty());
  EXPECT_THAT(judge(write("a", "a2", 11, 12, Outcome::success)), ElementsAre(HasSubstr("was not written")));
  EXPECT_THAT(judge(write("a", "lost", 9, 10, Outcome::success)), ElementsAre(HasSubstr("was not written")));
}

TEST_F(JudgeTest, CertainFailureMustNeverBeApplied) {
  EXPECT_THAT(judge(write("a", "nowhere", 9, 10, Outcome::failed)), IsEmpty());
  EXPECT_THAT(judge(write("a", "a2", 8, 9, Outcome::failed)), ElementsAre(HasSubstr("failed for certain")))
      << "also when it comes later";
}

TEST_F(JudgeTest, OfABatchOnlyTheKeysItNamesHaveFailed) {
  RawOperation batch = write("a", "a2", 9, 10, Outcome::failed);
  batch.kind = Kind::batch_put;
  batch.pairs.push_back(KeyValue{"c", "c1"});
  batch.failed_keys = {"c"};
  EXPECT_THAT(judge(batch), IsEmpty());
  batch.failed_keys = {"a"};
  EXPECT_THAT(judge(batch), ElementsAre(HasSubstr("failed for certain, but a")));
}

TEST_F(JudgeTest, UndeterminedNeedsAWriteInDoubt) {
  EXPECT_THAT(judge(write("a", "a2", 9, 10, Outcome::undetermined), true), IsEmpty());
  EXPECT_THAT(judge(write("a", "a2", 9, 10, Outcome::undetermined), false),
              ElementsAre(HasSubstr("none of its writes is in doubt")));
  RawOperation read = get("a", "a1", 5, 6);
  read.outcome = Outcome::undetermined;
  EXPECT_THAT(judge(read, true), ElementsAre(HasSubstr("a read calls itself undetermined")));
}

TEST_F(JudgeTest, WhatNeverEndsOrEndsLateIsFound) {
  EXPECT_THAT(judge(operation(Kind::get, 1, 1, Outcome::running)), ElementsAre("never ended"));
  RawOperation late = get("a", "a1", 5, 6);
  late.timeout = std::chrono::milliseconds(900);
  EXPECT_THAT(judge(late), ElementsAre("outlived its deadline"));
}

TEST_F(JudgeTest, ScanMissesInventsDisordersAndExceedsNothing) {
  RawOperation scan = operation(Kind::scan, 5, 6);
  scan.result = {KeyValue{"a", "a1"}, KeyValue{"b", "b1"}};
  EXPECT_THAT(judge(scan), IsEmpty());
  RawOperation misses = scan;
  misses.result.erase(misses.result.begin());
  EXPECT_THAT(judge(misses), ElementsAre(HasSubstr("misses a")));
  RawOperation invents = scan;
  invents.result.push_back(KeyValue{"c", "c1"});
  EXPECT_THAT(judge(invents), ElementsAre(HasSubstr("c = c1 held at no moment")));
  RawOperation disorders = scan;
  std::swap(disorders.result[0], disorders.result[1]);
  EXPECT_THAT(judge(disorders), ElementsAre(HasSubstr("out of order")));
  RawOperation exceeds = scan;
  exceeds.limit = 1;
  EXPECT_THAT(judge(exceeds), ElementsAre("more pairs than the limit"));
  RawOperation outside = scan;
  outside.start = "b";
  EXPECT_THAT(judge(outside), ElementsAre(HasSubstr("a is outside")));
}

TEST_F(JudgeTest, ScanThatIsFullNeedsNoKeysBehindItsLast) {
  RawOperation scan = operation(Kind::scan, 5, 6);
  scan.limit = 1;
  scan.result = {KeyValue{"a", "a1"}};
  EXPECT_THAT(judge(scan), IsEmpty());
  scan.result = {KeyValue{"b", "b1"}};
  EXPECT_THAT(judge(scan), ElementsAre(HasSubstr("misses a")));
}

TEST_F(JudgeTest, WhatMustNotBeResentIsAppliedOnceAtMost) {
  truth.apply(at(30), "c", "c1");
  truth.apply(at(31), "c", "c1");
  RawOperation put = write("c", "c1", 29, 32, Outcome::success);
  EXPECT_THAT(judge(put), IsEmpty());
  put.resend = false;
  EXPECT_THAT(judge(put), ElementsAre(HasSubstr("applied twice")));
}

}  // namespace
}  // namespace tikv::testing
