#include "core/address_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tikv::core {
namespace {

using ::testing::HasSubstr;

std::string reached(const std::map<std::string, std::string>& pairs, std::string_view told) {
  return AddressMap::make(pairs).value().reached(told);
}

TEST(AddressMap, TheEntryWithThePortCountsBeforeTheOneWithoutIt) {
  const std::map<std::string, std::string> pairs = {{"tikv1:20160", "127.0.0.1:1"}, {"tikv1", "10.0.0.7"}};
  EXPECT_EQ(reached(pairs, "tikv1:20160"), "127.0.0.1:1");
  EXPECT_EQ(reached(pairs, "tikv1:20161"), "10.0.0.7:20161") << "a host alone leaves the port";
  EXPECT_EQ(reached(pairs, "tikv2:20160"), "tikv2:20160") << "what is not there stays as it is";
}

TEST(AddressMap, AHostMayHaveOneWayForAllItsPortsAndAnAddressAnotherHost) {
  EXPECT_EQ(reached({{"tikv1", "proxy:9000"}}, "tikv1:20160"), "proxy:9000");
  EXPECT_EQ(reached({{"tikv1:20160", "other"}}, "tikv1:20160"), "other:20160");
  EXPECT_EQ(reached({{"[::1]", "[fe80::2]"}}, "[::1]:20160"), "[fe80::2]:20160");
  EXPECT_EQ(reached({{"[::1]:20160", "here"}}, "[::1]:20160"), "here:20160");
}

TEST(AddressMap, WhatIsNoAddressIsNamed) {
  for (const auto& [told, way] : std::map<std::string, std::string>{
           {"http://tikv1:1", "a"}, {"", "a"}, {"a", ""}, {"a", "b:0"}, {"::1", "a"}, {"a", "b:x"}, {"a", "b:70000"}}) {
    const auto map = AddressMap::make({{told, way}});
    ASSERT_FALSE(map) << told << " " << way;
    EXPECT_EQ(map.error().kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(map.error().message(), HasSubstr("the address map has a wrong entry"));
  }
}

}  // namespace
}  // namespace tikv::core
