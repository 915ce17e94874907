#include <gtest/gtest.h>

#include <string>

#include "sandbox/running_sandbox.h"

namespace tikv {
namespace {

TEST(Unloading, WhileANameIsStillLookedUpHarmsNobody) {
  const std::string folder = TIKV_PROGRAMS;
  const test::Ended ended = test::run_to_end({folder + "/unloads_plugin", folder + "/unloaded_plugin.so"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.output, "alive\n");
}

}  // namespace
}  // namespace tikv
