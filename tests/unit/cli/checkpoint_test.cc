#include "checkpoint.h"

#include <gtest/gtest.h>

#include "acknowledgements.h"

namespace tikv::cli {
namespace {

Checkpoint example() { return {{"12 bytes, changed at 1.5", "tsv printable keyspace="}, {11, 12, 13, 14, 15, 16}}; }

TEST(CheckpointTest, ComesBackAsItWasWritten) { EXPECT_EQ(parse_checkpoint(to_text(example())).value(), example()); }

TEST(CheckpointTest, APartOfOneIsRefused) {
  const std::string text = to_text(example());
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(parse_checkpoint(text.substr(0, size))) << size;
  EXPECT_FALSE(parse_checkpoint("something else\n"));
}

TEST(CheckpointTest, IsReplacedWholeAndMayBeAbsent) {
  const std::string path = ::testing::TempDir() + "checkpoint_test." + std::to_string(getpid());
  EXPECT_EQ(read_checkpoint(path).value(), std::nullopt);
  Checkpoint checkpoint = example();
  for (std::uint64_t offset : {1U, 20U, 3U}) {
    checkpoint.position.offset = offset;
    ASSERT_TRUE(write_checkpoint(path, checkpoint));
    EXPECT_EQ(read_checkpoint(path).value(), checkpoint);
  }
  EXPECT_EQ(remove(path.c_str()), 0);
  EXPECT_FALSE(write_checkpoint("/nonexistent/folder/x", checkpoint));
}

TEST(AcknowledgementsTest, OnlyWhatHasNoGapBeforeItCounts) {
  Acknowledgements acknowledgements({100, 0, 0, 0, 0, 0});
  const auto first = acknowledgements.sent({110, 0, 0, 0, 0, 0});
  const auto second = acknowledgements.sent({120, 0, 0, 0, 0, 0});
  const auto third = acknowledgements.sent({130, 0, 0, 0, 0, 0});
  acknowledgements.acknowledged(second);
  EXPECT_EQ(acknowledgements.through().offset, 100U);
  acknowledgements.acknowledged(first);
  EXPECT_EQ(acknowledgements.through().offset, 120U);
  EXPECT_FALSE(acknowledgements.complete());
  acknowledgements.acknowledged(third);
  EXPECT_EQ(acknowledgements.through().offset, 130U);
  EXPECT_TRUE(acknowledgements.complete());
}

}  // namespace
}  // namespace tikv::cli
