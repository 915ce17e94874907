// Ranges page by page, over regions that change between the pages.

#include <algorithm>

#include "scenarios/stage.h"

namespace tikv::scenarios {

namespace {

ScannerOptions pages_of(std::size_t size) {
  ScannerOptions options;
  options.page_size = size;
  return options;
}

std::vector<KeyValue> read_all(Scanner& scanner) {
  std::vector<KeyValue> pairs;
  while (std::optional<KeyValue> pair = scanner.next()) pairs.push_back(*std::move(pair));
  must(scanner.result());
  return pairs;
}

void a_scanner_gives_every_pair_once(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(100)));
  for (const std::size_t size : {1U, 7U, 50U, 100U, 1000U}) {
    Scanner scanner = stage.client().scanner(stage.all(), pages_of(size));
    EXPECT_EQ(read_all(scanner), stage.pairs(100)) << size;
    EXPECT_EQ(scanner.next(), std::nullopt) << "the end stays the end";
  }
}

void a_scanner_survives_splits_between_its_pages(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(60)));
  Scanner scanner = stage.client().scanner(stage.all(), pages_of(5));
  std::vector<KeyValue> found;
  for (int page = 0;; ++page) {
    const auto pairs = must(scanner.next_page());
    if (pairs.empty()) break;
    found.insert(found.end(), pairs.begin(), pairs.end());
    if (page == 1) stage.split("a0020");
    if (page == 3) stage.split("a0043");
  }
  EXPECT_EQ(found, stage.pairs(60));
}

void a_scanner_survives_moves_between_its_pages(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(60)));
  stage.split("a0030");
  Scanner scanner = stage.client().scanner(stage.all(), pages_of(10));
  std::vector<KeyValue> found;
  for (int page = 0;; ++page) {
    const auto pairs = must(scanner.next_page());
    if (pairs.empty()) break;
    found.insert(found.end(), pairs.begin(), pairs.end());
    if (page == 0) stage.move_leader("a0020");
    if (page == 2) stage.move_leader("a0040");
  }
  EXPECT_EQ(found, stage.pairs(60));
}

void a_scanner_goes_down_too(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(60)));
  stage.split("a0020");
  ScannerOptions options = pages_of(7);
  options.reverse = true;
  Scanner scanner = stage.client().scanner(stage.all(), options);
  std::vector<KeyValue> expected = stage.pairs(60);
  std::reverse(expected.begin(), expected.end());
  EXPECT_EQ(read_all(scanner), expected);
}

void a_scanner_keeps_its_limit(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(60)));
  ScannerOptions options = pages_of(8);
  options.limit = 20;
  Scanner scanner = stage.client().scanner(stage.all(), options);
  EXPECT_EQ(read_all(scanner), stage.pairs(20));
}

void a_scanner_of_keys_brings_no_values(Stage& stage) {
  must(stage.client().batch_put(stage.pairs(20)));
  ScannerOptions options = pages_of(6);
  options.key_only = true;
  Scanner scanner = stage.client().scanner(stage.all(), options);
  const std::vector<KeyValue> found = read_all(scanner);
  EXPECT_EQ(keys_of(found), keys_of(stage.pairs(20)));
  for (const KeyValue& pair : found) EXPECT_EQ(pair.value, "");
}

void a_scanner_of_nothing_ends_at_once(Stage& stage) {
  Scanner scanner = stage.client().scanner(stage.all());
  EXPECT_EQ(read_all(scanner).size(), 0U);
}

}  // namespace

std::vector<Scenario> scanner_scenarios() {
  return {
      {"AScannerGivesEveryPairOnce", {}, a_scanner_gives_every_pair_once},
      {"AScannerSurvivesSplitsBetweenItsPages", {}, a_scanner_survives_splits_between_its_pages},
      {"AScannerSurvivesMovesBetweenItsPages", {}, a_scanner_survives_moves_between_its_pages},
      {"AScannerGoesDownToo", {}, a_scanner_goes_down_too},
      {"AScannerKeepsItsLimit", {}, a_scanner_keeps_its_limit},
      {"AScannerOfKeysBringsNoValues", {}, a_scanner_of_keys_brings_no_values},
      {"AScannerOfNothingEndsAtOnce", {}, a_scanner_of_nothing_ends_at_once},
  };
}

}  // namespace tikv::scenarios
