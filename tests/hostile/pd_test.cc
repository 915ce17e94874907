// A placement driver that lies: each thing that it may say, and what the client makes of it.

#include <limits>
#include <set>

#include "core/limits.h"
#include "hostile/hostile_world.h"

namespace tikv::hostile {
namespace {

namespace pd = wire::pdpb;
using ::testing::HasSubstr;

constexpr std::string_view get_region = "/pdpb.PD/GetRegion";
constexpr std::string_view get_members = "/pdpb.PD/GetMembers";
constexpr std::string_view scan_regions = "/pdpb.PD/ScanRegions";

class HostilePd : public HostileTest {
 protected:
  void SetUp() override { connect(); }
  [[nodiscard]] Result<std::optional<std::string>> get(milliseconds timeout = seconds(1)) {
    ReadOptions options;
    options.timeout = timeout;
    return run(client->get("key", options));
  }
  /// A call that fails in time, asking so often at most.
  void expect_patient(std::string_view method, std::uint64_t most) {
    const std::uint64_t before = answers(method);
    EXPECT_FALSE(get());
    EXPECT_LE(took, milliseconds(1001));
    EXPECT_LE(answers(method) - before, most);
    EXPECT_LE(meter.peak(), answer_size + 32 * mebibyte);
  }
};

TEST_F(HostilePd, AnErrorTextOf10MegabytesBecomesAShortMessageAndLittleMemory) {
  change<pd::GetRegionResponse>(get_region, [](auto& answer) {
    wire::ensure(wire::ensure(answer.header).error).type = pd::ErrorType::unknown;
    wire::ensure(wire::ensure(answer.header).error).message = nasty_text(10 * mebibyte);
  });
  expect_patient(get_region, 16);
}

TEST_F(HostilePd, TheTextsOfItsStatusesAndMembersAreCut) {
  edit = [](std::string_view, std::string_view method, rpc::UnaryAnswer& answer) {
    if (method == get_region) {
      answer.status = {rpc::StatusCode::unknown, nasty_text(64 << 10), rpc::Failure::none};
    }
    if (method != get_members) return;
    pd::GetMembersResponse members;
    wire::ensure(wire::ensure(members.header).error).type = pd::ErrorType::unknown;
    wire::ensure(wire::ensure(members.header).error).message = nasty_text(mebibyte);
    answer.message = wire::encode(members);
  };
  expect_patient(get_region, 16);
}

TEST_F(HostilePd, OfMembersByTheThousandAFewAreAsked) {
  edit = [](std::string_view, std::string_view method, rpc::UnaryAnswer& answer) {
    if (method == get_region) answer.status.code = rpc::StatusCode::unavailable;
    if (method != get_members) return;
    pd::GetMembersResponse members;
    ASSERT_TRUE(wire::decode(answer.message, members));
    for (int i = 0; i < 20'000; ++i)
      members.members.emplace_back().client_urls.push_back("http://pd" + std::to_string(i) + ":1");
    answer.message = wire::encode(members);
  };
  EXPECT_FALSE(get(seconds(5)));
  EXPECT_LE(answers_by_address.size(), core::limits::pd_addresses + 8);
  EXPECT_LE(meter.peak(), answer_size + 32 * mebibyte);
}

TEST_F(HostilePd, OfAMembersAddressesByTheHundredAFewAreAsked) {
  edit = [](std::string_view, std::string_view method, rpc::UnaryAnswer& answer) {
    if (method == get_region) answer.status.code = rpc::StatusCode::unavailable;
    if (method != get_members) return;
    pd::GetMembersResponse members;
    ASSERT_TRUE(wire::decode(answer.message, members));
    auto* member = &members.members.emplace_back();
    for (int i = 0; i < 200; ++i) member->client_urls.push_back("http://pd" + std::to_string(i) + ":1");
    answer.message = wire::encode(members);
  };
  EXPECT_FALSE(get(seconds(5)));
  EXPECT_LE(answers_by_address.size(), core::limits::pd_addresses + 8);
}

TEST_F(HostilePd, AnAnswerOfTinyPartsIsRefusedBeforeItIsParsed) {
  // Regions without anything: two bytes each on the wire, a hundred and more in memory.
  edit = [](std::string_view, std::string_view method, rpc::UnaryAnswer& answer) {
    if (method != scan_regions) return;
    for (int i = 0; i < 2'000'000; ++i) answer.message += std::string("\x22\x00", 2);
  };
  ReadOptions options;
  options.timeout = seconds(2);
  const auto refreshed = run(client->refresh(KeyRange::all(), options));
  ASSERT_FALSE(refreshed);
  EXPECT_EQ(refreshed.error().kind(), ErrorKind::protocol_error);
  EXPECT_LE(meter.peak(), answer_size + 32 * mebibyte);
}

TEST_F(HostilePd, AddressesThatAreNoneAreNotUsedAndNotShownAsTheyAre) {
  const std::vector<std::string> none = {std::string(mebibyte, 'a') + ":1",
                                         "a b:1",
                                         "a\x1b[2J:1",
                                         "a:1\nb:2",
                                         "a:99999",
                                         ":",
                                         "a",
                                         "[::1:1",
                                         nasty_text()};
  for (const std::string& address : none) {
    connect();
    change<pd::GetStoreResponse>("/pdpb.PD/GetStore",
                                 [&](auto& answer) { wire::ensure(answer.store).address = address; });
    const auto got = get();
    ASSERT_FALSE(got);
    EXPECT_THAT(got.error().message(), HasSubstr("that is none"));
    make_client(simulation.client_options());
    edit = [&](std::string_view, std::string_view method, rpc::UnaryAnswer& answer) {
      if (method != get_members) return;
      pd::GetMembersResponse members;
      ASSERT_TRUE(wire::decode(answer.message, members));
      wire::ensure(members.leader).client_urls = {};
      wire::ensure(members.leader).client_urls.push_back("http://" + address);
      members.members.emplace_back().client_urls.push_back(address);
      answer.message = wire::encode(members);
    };
    const Result<void> met = core->connect();
    ASSERT_FALSE(met);
    expect_presentable(met.error());
    EXPECT_THAT(met.error().message(), HasSubstr("that is none"));
    edit = nullptr;
  }
  for (const auto& [address, count] : answers_by_address) EXPECT_LE(address.size(), 32U) << address;
}

TEST_F(HostilePd, RegionsThatCannotBeAreNotBelieved) {
  const std::vector<std::function<void(pd::GetRegionResponse&)>> lies = {
      [](auto& answer) { wire::ensure(answer.region).start_key = "z", wire::ensure(answer.region).end_key = "a"; },
      [](auto& answer) { wire::ensure(answer.region).start_key = "x", wire::ensure(answer.region).end_key = "y"; },
      [](auto& answer) { wire::ensure(answer.region).start_key = "key\x01"; },
      [](auto& answer) { wire::ensure(answer.region).end_key = std::string(mebibyte, 'z'); },
      [](auto& answer) {
        for (int i = 0; i < 100'000; ++i)
          wire::ensure(answer.region).peers.emplace_back().id = 1 + static_cast<std::uint64_t>(i);
      },
      [](auto& answer) { wire::ensure(answer.region).peers = {}; },
      [](auto& answer) { answer.region = {}; },
      [](auto& answer) { wire::ensure(answer.leader).id = {}; },
  };
  for (const auto& lie : lies) {
    change<pd::GetRegionResponse>(get_region, lie);
    expect_patient(get_region, 24);
    EXPECT_EQ(core->sender().regions().size(), 0U);
  }
  edit = nullptr;
  EXPECT_TRUE(get(seconds(20)));
}

TEST_F(HostilePd, OfRegionsByTheThousandNoMoreAreKeptThanWereAskedFor) {
  change<pd::ScanRegionsResponse>(scan_regions, [](auto& answer) {
    for (std::uint64_t i = 0; i < 10'000; ++i) {
      auto* told = &answer.regions.emplace_back();
      wire::ensure(told->region).id = 1000 + i;
      wire::ensure(told->region).start_key = "k" + std::to_string(i);
      wire::ensure(told->region).end_key = "k" + std::to_string(i) + "!";
      wire::ensure(told->region).peers.emplace_back().id = 7;
      wire::ensure(told->leader).id = 7;
    }
  });
  ReadOptions options;
  options.timeout = seconds(2);
  std::ignore = run(client->refresh(KeyRange::half_open("a", "b"), options));
  EXPECT_LE(core->sender().regions().size(), 128U);
  EXPECT_LE(meter.peak(), answer_size + 32 * mebibyte);
  EXPECT_LE(answers(scan_regions), 1000U);
}

TEST_F(HostilePd, OfRegionsByTheThousandInTheRangeNoMoreAreTakenThanWereAskedFor) {
  change<pd::ScanRegionsResponse>(scan_regions, [](auto& answer) {
    for (std::uint64_t i = 0; i < 10'000; ++i) {
      auto* told = &answer.regions.emplace_back();
      wire::ensure(told->region).id = 1000 + i;
      wire::ensure(told->region).start_key = "a" + std::to_string(100'000 + i);
      wire::ensure(told->region).end_key = "a" + std::to_string(100'001 + i);
      wire::ensure(wire::ensure(told->region).region_epoch).version = 1'000'000;
      wire::ensure(told->region).peers.emplace_back().id = 7;
      wire::ensure(told->leader).id = 7;
    }
  });
  core::OperationStart start;
  start.name = "test";
  start.timeout = seconds(1);
  core::Operation operation(core->loop(), core->observer(), core->operations(), std::move(start));
  ASSERT_TRUE(run(core->sender().loader().load(operation, "a", "b", 10)));
  EXPECT_LE(core->sender().regions().size(), 10U);
}

TEST_F(HostilePd, AScanOfRegionsWithoutProgressEndsInTime) {
  edit = [](std::string_view, std::string_view method, rpc::UnaryAnswer& answer) {
    if (method == scan_regions || method == get_region) answer.message.clear();
  };
  ReadOptions options;
  options.timeout = seconds(2);
  EXPECT_FALSE(run(client->refresh(KeyRange::all(), options)));
  EXPECT_LE(took, milliseconds(2001));
  EXPECT_LE(answers(get_region) + answers(scan_regions), 40U);
}

TEST_F(HostilePd, StoresByTheThousandAreAnErrorInWords) {
  change<pd::GetAllStoresResponse>("/pdpb.PD/GetAllStores", [](auto& answer) {
    for (std::uint64_t i = 0; i < 15'000; ++i) answer.stores.emplace_back().version = nasty_text(20);
  });
  const auto sum = run(client->checksum(KeyRange::all()));
  ASSERT_FALSE(sum);
  EXPECT_EQ(sum.error().kind(), ErrorKind::protocol_error);
  EXPECT_LE(meter.peak(), answer_size + 32 * mebibyte);
}

TEST_F(HostilePd, AVersionOfAMegabyteIsNotRepeated) {
  change<pd::GetAllStoresResponse>("/pdpb.PD/GetAllStores", [](auto& answer) {
    for (auto& store : answer.stores) store.version = nasty_text(mebibyte);
  });
  EXPECT_FALSE(run(client->checksum(KeyRange::all())));
}

TEST_F(HostilePd, TimestampsThatCannotBeAreErrors) {
  using Limits = std::numeric_limits<std::int64_t>;
  const std::pair<std::int64_t, std::int64_t> lies[] = {{-1, 0}, {0, 0},       {Limits::min(), 0}, {Limits::max(), 0},
                                                        {1, -1}, {1, 1 << 18}, {1, Limits::max()}, {1, Limits::min()}};
  for (const auto& [physical, logical] : lies) {
    edit_message = [physical = physical, logical = logical](std::string_view, std::string_view method,
                                                            std::string& message) {
      if (method != "/pdpb.PD/Tso") return;
      pd::TsoResponse response;
      ASSERT_TRUE(wire::decode(message, response));
      wire::ensure(response.timestamp).physical = physical;
      wire::ensure(response.timestamp).logical = logical;
      message = wire::encode(response);
    };
    core::OperationStart start;
    start.name = "timestamp";
    start.timeout = seconds(1);
    core::Operation operation(core->loop(), core->observer(), core->operations(), std::move(start));
    const auto timestamp = run(core->pd().timestamp(operation));
    ASSERT_FALSE(timestamp) << physical << " " << logical << ": " << *timestamp;
  }
  edit_message = nullptr;
}

class HostileKeyspaces : public HostileTest {
 protected:
  static testing::SimulationOptions version_2() {
    testing::SimulationOptions options;
    options.cluster.api = testing::StorageApi::v2;
    return options;
  }
  HostileKeyspaces() : HostileTest(version_2()) {}
};

TEST_F(HostileKeyspaces, AnAnswerAboutAnotherKeyspaceIsNotTaken) {
  ClientOptions options = simulation.client_options();
  options.api_version = ApiVersion::v2;
  const std::vector<std::function<void(wire::keyspacepb::KeyspaceMeta&)>> lies = {
      [](auto& keyspace) { keyspace.id = 1U << 24; },
      [](auto& keyspace) { keyspace.id = std::numeric_limits<std::uint32_t>::max(); },
      [](auto& keyspace) { keyspace.name = nasty_text(mebibyte); },
  };
  for (const auto& lie : lies) {
    make_client(options);
    change<wire::keyspacepb::LoadKeyspaceResponse>("/keyspacepb.Keyspace/LoadKeyspace",
                                                   [&](auto& answer) { lie(wire::ensure(answer.keyspace)); });
    const Result<void> met = core->connect();
    ASSERT_FALSE(met);
    EXPECT_EQ(met.error().kind(), ErrorKind::protocol_error) << met.error();
    expect_presentable(met.error());
  }
  edit = nullptr;
  make_client(options);
  EXPECT_TRUE(core->connect());
}

TEST_F(HostileKeyspaces, APairOfAnotherKeyspaceIsAnErrorInWords) {
  ClientOptions options = simulation.client_options();
  options.api_version = ApiVersion::v2;
  options.streams_per_store = 0;
  make_client(options);
  ASSERT_TRUE(core->connect());
  edit = [](std::string_view, std::string_view method, rpc::UnaryAnswer& answer) {
    if (method == "/tikvpb.Tikv/RawScan")
      answer.message =
          "\x12\x05\x12\x03"
          "abc";  // a pair, its key alone
  };
  const auto scanned = run(client->scan(KeyRange::all()));
  ASSERT_FALSE(scanned);
  EXPECT_EQ(scanned.error().kind(), ErrorKind::protocol_error);
  EXPECT_THAT(scanned.error().message(), HasSubstr("another keyspace"));
}

}  // namespace
}  // namespace tikv::hostile
