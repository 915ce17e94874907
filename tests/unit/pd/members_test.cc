// Which addresses of PD's members are asked, and which is taken for the leader's.

#include "pd/members.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tikv::pd {
namespace {

using ::testing::ElementsAre;

struct Told {
  std::uint64_t id;
  std::vector<std::string> addresses;
};

wire::pdpb::GetMembersResponse answer(const std::vector<Told>& all, std::uint64_t leader) {
  wire::pdpb::GetMembersResponse response;
  wire::ensure(response.header).cluster_id = 7;
  for (const Told& told : all) {
    auto* member = &response.members.emplace_back();
    member->member_id = told.id;
    for (const std::string& address : told.addresses) member->client_urls.push_back("http://" + address);
    if (told.id == leader) response.leader = *member;
  }
  return response;
}

TEST(Members, AllAddressesOfAllMembersAreWorthAskingAndTheUsersOwn) {
  Members members({"lb:1", "b:1"}, 0);
  ASSERT_TRUE(members.learn("lb:1", answer({{1, {"in:1", "out:1"}}, {2, {"b:1"}}}, 1)));
  EXPECT_THAT(members.candidates(), ElementsAre("in:1", "out:1", "b:1", "lb:1"));
}

TEST(Members, OfTheLeadersAddressesTheOneThatAnsweredIsTaken) {
  Members members({"b:1"}, 0);
  ASSERT_TRUE(members.learn("b:1", answer({{1, {"in:1", "out:1"}}, {2, {"b:1"}}}, 1)));
  EXPECT_FALSE(members.leader_is_clear()) << "two addresses, and nobody knows which is good";
  members.note_answered("out:1");
  EXPECT_TRUE(members.leader_is_clear());
  members.choose_leader();
  EXPECT_EQ(members.leader(), "out:1");
  members.note_failed("out:1");
  EXPECT_FALSE(members.leader_is_clear());
}

TEST(Members, OneAddressThatIsTheOnlyOneIsClearWithoutAQuestion) {
  Members members({"b:1"}, 0);
  ASSERT_TRUE(members.learn("b:1", answer({{1, {"a:1"}}, {2, {"b:1"}}}, 1)));
  members.note_answered("b:1");
  EXPECT_TRUE(members.leader_is_clear()) << "b:1 is another member's";
  EXPECT_EQ(members.leader(), "a:1");
}

TEST(Members, TheUsersAddressStandsInUntilItProvesNotToBeTheLeaders) {
  Members members({"nat:1"}, 0);
  const auto told = answer({{1, {"in:1"}}, {2, {"in:2"}}}, 1);
  ASSERT_TRUE(members.learn("nat:1", told));
  members.note_answered("nat:1");
  EXPECT_FALSE(members.leader_is_clear()) << "is it the leader's?";
  members.choose_leader();
  EXPECT_EQ(members.leader(), "nat:1");
  members.note_failed("nat:1");  // a follower
  members.note_answered("nat:1");
  ASSERT_TRUE(members.learn("nat:1", told));
  EXPECT_EQ(members.leader(), "in:1");
  members.note_failed("in:1");
  ASSERT_TRUE(members.learn("nat:1", told));
  EXPECT_EQ(members.leader(), "nat:1") << "neither is thrown away for ever";
}

TEST(Members, MapsWhatIsToldAndNotWhatTheUserGave) {
  const auto map = core::AddressMap::make({{"in", "out"}, {"b", "elsewhere"}}).value();
  Members members({"b:1"}, 0, map);
  ASSERT_TRUE(members.learn("b:1", answer({{1, {"in:1"}}, {2, {"b:1"}}}, 1)));
  EXPECT_THAT(members.candidates(), ElementsAre("out:1", "b:1"));
  EXPECT_EQ(members.leader(), "out:1");
}

TEST(Members, AnAnswerWithoutALeaderTakesNothingAway) {
  Members members({"a:1"}, 0);
  ASSERT_TRUE(members.learn("a:1", answer({{1, {"a:1"}}, {2, {"b:1"}}}, 1)));
  EXPECT_FALSE(members.learn("b:1", answer({}, 0)));
  EXPECT_EQ(members.leader(), "a:1");
  EXPECT_THAT(members.candidates(), ElementsAre("a:1", "b:1"));
}

TEST(Members, WhoeverTellsThousandsOfAddressesDoesNotMakeUsAskThemAll) {
  std::vector<Told> many;
  for (std::uint64_t id = 1; id <= 5000; ++id) many.push_back({id, {"h" + std::to_string(id) + ":1"}});
  Members members({"a:1"}, 0);
  ASSERT_TRUE(members.learn("a:1", answer(many, 1)));
  EXPECT_LE(members.candidates().size(), 65U);
}

}  // namespace
}  // namespace tikv::pd
