// Scans in both directions, of several ranges, and page by page.
#include <algorithm>

#include "tikv/raw_client.h"
#include "unit/raw/raw_fixture.h"

namespace tikv {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Fate;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ScansTest : public test::RawFixture {
 protected:
  void SetUp() override { connect(); }
  std::vector<KeyValue> fill(int count) {
    std::vector<KeyValue> written = pairs(count);
    EXPECT_TRUE(run(client().batch_put(written)));
    return written;
  }
  static std::vector<KeyValue> reversed(std::vector<KeyValue> list) {
    std::reverse(list.begin(), list.end());
    return list;
  }
};

TEST_F(ScansTest, ReverseScanGoesDownOverAllRegions) {
  const std::vector<KeyValue> written = fill(3000);
  EXPECT_EQ(run(client().reverse_scan(KeyRange::all(), {.limit = 10'000})).value(), reversed(written));
  const std::vector<KeyValue> last(written.end() - 7, written.end());
  EXPECT_EQ(run(client().reverse_scan(KeyRange::all(), {.limit = 7})).value(), reversed(last));
}

TEST_F(ScansTest, ReverseScanKeepsToItsRange) {
  ASSERT_TRUE(run(client().batch_put({{"a", "1"}, {"b", "2"}, {"b\xff", "3"}, {"c", "4"}})));
  const auto keys = [this](const KeyRange& range) {
    std::string joined;
    for (const KeyValue& pair : run(client().reverse_scan(range)).value()) joined += pair.value;
    return joined;
  };
  EXPECT_EQ(keys(KeyRange::half_open("a", "c")), "321");
  EXPECT_EQ(keys(KeyRange::closed("a", "c")), "4321");
  EXPECT_EQ(keys(KeyRange::prefix("b")), "32");
  EXPECT_EQ(keys(KeyRange::from("b")), "432");
  EXPECT_EQ(keys(KeyRange::half_open("", "b")), "1");
  EXPECT_EQ(keys(KeyRange::half_open("c", "a")), "");
  EXPECT_EQ(keys(KeyRange::half_open(std::string("\0", 1), "a")), "");
}

TEST_F(ScansTest, ReverseScanFindsTheLastKeyThatMayExist) {
  const std::string last(8192, '\xff');
  ASSERT_TRUE(run(client().put(last, "end")));
  EXPECT_THAT(run(client().reverse_scan(KeyRange::all())).value(), ElementsAre(KeyValue{last, "end"}));
  EXPECT_THAT(run(client().reverse_scan(KeyRange::half_open("a", last))).value(), IsEmpty());
}

// The bound of a reverse scan may be the very key at which a region starts.
TEST_F(ScansTest, ReverseScanFromABorderBeginsInTheRegionBelowIt) {
  ASSERT_TRUE(run(client().batch_put({{"kiwi", "1"}, {"lime", "2"}, {"mango", "3"}})));
  ASSERT_EQ(world.cluster.split("lime"), "");
  EXPECT_THAT(run(client().reverse_scan(KeyRange::half_open("k", "lime"))).value(), ElementsAre(KeyValue{"kiwi", "1"}));
  EXPECT_THAT(run(client().reverse_scan(KeyRange::half_open("k", "n"), {.limit = 2})).value(),
              ElementsAre(KeyValue{"mango", "3"}, KeyValue{"lime", "2"}));
}

TEST_F(ScansTest, ReverseScanSurvivesSplitsThatTheClientDoesNotKnow) {
  const std::vector<KeyValue> written = fill(2000);
  for (const char* const border : {"3", "A9", "Z", "k1", "x"}) ASSERT_EQ(world.cluster.split(border), "");
  EXPECT_EQ(run(client().reverse_scan(KeyRange::all(), {.limit = 5000})).value(), reversed(written));
}

TEST_F(ScansTest, KeysAloneWithoutValues) {
  ASSERT_TRUE(run(client().batch_put({{"a", "1"}, {"b", "2"}})));
  EXPECT_THAT(run(client().reverse_scan(KeyRange::all(), {.key_only = true})).value(),
              ElementsAre(KeyValue{"b", ""}, KeyValue{"a", ""}));
}

TEST_F(ScansTest, BatchScanLimitsEachRangeNotEachRegion) {
  const std::vector<KeyValue> written = fill(3000);
  const std::vector<KeyRange> ranges{KeyRange::all(), KeyRange::from("m"), KeyRange::half_open("5", "6"),
                                     KeyRange::half_open("b", "a"), KeyRange::all()};
  const auto lists = run(client().batch_scan(ranges, {.limit = 100})).value();
  ASSERT_THAT(lists, SizeIs(5));
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    std::vector<KeyValue> expected;
    for (const KeyValue& pair : written) {
      if (!ranges[i].empty() && ranges[i].contains(pair.key) && expected.size() < 100) expected.push_back(pair);
    }
    EXPECT_EQ(lists[i], expected) << i;
  }
  EXPECT_THAT(run(client().batch_scan({})).value(), IsEmpty());
}

TEST_F(ScansTest, LargeValuesComeInSmallerPages) {
  std::vector<KeyValue> written;
  for (int i = 0; i < 40; ++i) written.push_back({"large/" + std::to_string(100 + i), std::string(1 << 20, 'x')});
  ASSERT_TRUE(run(client().batch_put(written)));
  EXPECT_EQ(run(client().scan(KeyRange::prefix("large/"))).value().size(), 40U);
}

Task<std::vector<KeyValue>> read_all(AsyncScanner& scanner, std::size_t& pages) {
  std::vector<KeyValue> all;
  for (;;) {
    std::vector<KeyValue> page = co_await ok(scanner.next_page());
    if (page.empty()) break;
    ++pages;
    all.insert(all.end(), page.begin(), page.end());
  }
  co_return std::move(all);
}

TEST_F(ScansTest, AScannerReadsARangeOfAnySizePageByPage) {
  const std::vector<KeyValue> written = fill(3000);
  for (const bool reverse : {false, true}) {
    AsyncScanner scanner = client().scanner(KeyRange::all(), {.page_size = 100, .reverse = reverse});
    std::size_t pages = 0;
    EXPECT_EQ(run(read_all(scanner, pages)).value(), reverse ? reversed(written) : written);
    EXPECT_GE(pages, 30U);
    EXPECT_THAT(run(scanner.next_page()).value(), IsEmpty()) << "the end stays the end";
  }
}

TEST_F(ScansTest, AScannerStopsAtItsLimit) {
  const std::vector<KeyValue> written = fill(500);
  AsyncScanner scanner = client().scanner(KeyRange::all(), {.page_size = 64, .limit = 150});
  std::size_t pages = 0;
  EXPECT_EQ(run(read_all(scanner, pages)).value(), std::vector<KeyValue>(written.begin(), written.begin() + 150));
}

TEST_F(ScansTest, AScannerOfNothingEndsAtOnce) {
  AsyncScanner scanner = client().scanner(KeyRange::half_open("b", "a"));
  EXPECT_EQ(run(scanner.next()).value(), std::nullopt);
  AsyncScanner empty = client().scanner(KeyRange::all());
  EXPECT_EQ(run(empty.next()).value(), std::nullopt);
}

TEST_F(ScansTest, AScannerFetchesTheNextPageWhileOneIsWorkedOn) {
  fill(500);
  AsyncScanner scanner = client().scanner(KeyRange::all(), {.page_size = 10});
  ASSERT_EQ(run(scanner.next_page()).value().size(), 10U);
  world.loop->run_for(milliseconds(10));  // the caller works
  const auto before = world.loop->now();
  ASSERT_EQ(run(scanner.next_page()).value().size(), 10U);
  EXPECT_EQ(world.loop->now(), before) << "the page was there already";
}

TEST_F(ScansTest, WhatNextHasNotTakenComesFirstInNextPage) {
  const std::vector<KeyValue> written = fill(20);
  AsyncScanner scanner = client().scanner(KeyRange::all(), {.page_size = 1000});
  EXPECT_EQ(run(scanner.next()).value(), written[0]);
  std::vector<KeyValue> rest{written[0]};
  std::size_t pages = 0;
  for (const KeyValue& pair : run(read_all(scanner, pages)).value()) rest.push_back(pair);
  EXPECT_EQ(rest, written);
}

TEST_F(ScansTest, AScannerGoesOnWhereItStoodAfterAnError) {
  const std::vector<KeyValue> written = fill(100);
  AsyncScanner scanner = client().scanner(KeyRange::all(), {.page_size = 7, .timeout = seconds(1)});
  std::vector<KeyValue> read;
  int errors = 0;
  for (int turn = 0; read.size() < written.size() && turn < 200; ++turn) {
    if (turn % 5 == 3) fail_next("BatchCommands", Fate::silence);
    const auto page = run(scanner.next_page());
    if (!page) {
      ++errors;
      continue;
    }
    ASSERT_FALSE(page->empty());
    read.insert(read.end(), page->begin(), page->end());
  }
  EXPECT_GT(errors, 1);
  EXPECT_EQ(read, written);
}

TEST_F(ScansTest, ADroppedScannerLeavesNothingUnderWay) {
  fill(500);
  {
    AsyncScanner scanner = client().scanner(KeyRange::all(), {.page_size = 10});
    ASSERT_TRUE(run(scanner.next_page()));
  }
  world.loop->run_for(seconds(1));
  EXPECT_EQ(world.simulation.network().open_calls(), 0U);
}

TEST_F(ScansTest, AScannerMayOutliveItsClient) {
  fill(500);
  AsyncScanner scanner = client().scanner(KeyRange::all(), {.page_size = 10});
  ASSERT_TRUE(run(scanner.next_page()));
  client().close();
  EXPECT_EQ(run(scanner.next_page()).error().kind(), ErrorKind::client_closed);
}

TEST_F(ScansTest, CancellingEndsAScanner) {
  fill(500);
  CancelScope scope;
  AsyncScanner scanner = client().scanner(KeyRange::all(), {.page_size = 10, .cancel = &scope});
  ASSERT_TRUE(run(scanner.next_page()));
  world.loop->run_for(seconds(1));
  scope.cancel();
  EXPECT_TRUE(run(scanner.next_page())) << "it was there before";
  EXPECT_EQ(run(scanner.next_page()).error().kind(), ErrorKind::cancelled);
}

TEST_F(ScansTest, BadScannerOptionsAreErrors) {
  for (const ScannerOptions& options : {ScannerOptions{.page_size = 0}, ScannerOptions{.page_size = 10'241},
                                        ScannerOptions{.limit = 0}, ScannerOptions{.timeout = milliseconds(-1)}}) {
    AsyncScanner scanner = client().scanner(KeyRange::all(), options);
    EXPECT_EQ(run(scanner.next()).error().kind(), ErrorKind::invalid_argument);
  }
}

class LinesKept final : public Observer {
 public:
  [[nodiscard]] LogLevel log_level() const noexcept override { return LogLevel::warning; }
  void log(const LogRecord& record) override { lines.emplace_back(record.message); }
  std::vector<std::string> lines;
};

TEST_F(ScansTest, ABlockingScannerTellsItsEndFromABreak) {
  const std::vector<KeyValue> written = fill(100);
  const auto lines = std::make_shared<LinesKept>();
  world.options.observer = lines;
  connect();
  {
    const RawClient blocking = detail::ClientAccess::blocking(std::move(*world.client));
    Scanner scanner = blocking.scanner(KeyRange::all(), {.page_size = 30, .timeout = seconds(1)});
    std::vector<KeyValue> read;
    while (auto pair = scanner.next()) read.push_back(*pair);
    EXPECT_EQ(read, written);
    EXPECT_TRUE(scanner.result());

    Scanner broken = blocking.scanner(KeyRange::all(), {.page_size = 30, .timeout = seconds(1)});
    fail_next("BatchCommands", Fate::silence);
    EXPECT_FALSE(broken.next());
    EXPECT_EQ(broken.result().error().kind(), ErrorKind::deadline_exceeded);
    EXPECT_TRUE(broken.next()) << "the next call tries again";
    EXPECT_TRUE(broken.result());

    Scanner ignored = blocking.scanner(KeyRange::all(), {.timeout = seconds(1)});
    fail_next("BatchCommands", Fate::silence);
    EXPECT_FALSE(ignored.next());
  }
  world.loop->run_for(seconds(1));
  EXPECT_EQ(std::count_if(lines->lines.begin(), lines->lines.end(),
                          [](const std::string& line) { return line.find("result()") != std::string::npos; }),
            1);
}

}  // namespace
}  // namespace tikv
