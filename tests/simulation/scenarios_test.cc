// Situations that no single fault makes.
#include <gtest/gtest.h>

#include <ostream>

#include "simulation/scenarios.h"

namespace tikv::testing {

void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }

namespace {

class Situation : public ::testing::TestWithParam<Scenario> {};

TEST_P(Situation, EndsAsItMust) { EXPECT_EQ(GetParam().run(), ""); }

INSTANTIATE_TEST_SUITE_P(Raw, Situation, ::testing::ValuesIn(scenarios()),
                         [](const auto& scenario) { return scenario.param.name; });

}  // namespace
}  // namespace tikv::testing
