// A store that lies: each thing that it may say, and what the client makes of it.

#include <limits>

#include "hostile/hostile_world.h"

namespace tikv::hostile {
namespace {

namespace pb = wire::kvrpcpb;
using ::testing::HasSubstr;

constexpr std::string_view raw_get = "/tikvpb.Tikv/RawGet";

class HostileStore : public HostileTest {
 protected:
  void SetUp() override { connect(); }
  [[nodiscard]] Result<std::optional<std::string>> get(milliseconds timeout = seconds(1)) {
    ReadOptions options;
    options.timeout = timeout;
    return run(client->get("key", options));
  }
  /// Every get is answered with this region error.
  void refuse(std::function<void(wire::errorpb::Error&)> with) {
    change<pb::RawGetResponse>(
        raw_get, [with = std::move(with)](pb::RawGetResponse& answer) { with(wire::ensure(answer.region_error)); });
  }
};

TEST_F(HostileStore, AnErrorTextOf20MegabytesBecomesAShortMessageAndLittleMemory) {
  change<pb::RawGetResponse>(raw_get, [](auto& answer) { answer.error = nasty_text(20 * mebibyte); });
  const auto got = get();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind(), ErrorKind::server_error);
  EXPECT_THAT(got.error().message(), HasSubstr("… (20971520 bytes)"));
  EXPECT_LE(meter.peak(), answer_size + 32 * mebibyte);
}

TEST_F(HostileStore, ARegionErrorsTextsAreCutWhereverTheyStand) {
  const std::string text = nasty_text(2 * mebibyte);
  const std::vector<std::function<void(wire::errorpb::Error&)>> variants = {
      [&](auto& error) { error.message = text; },
      [&](auto& error) { wire::ensure(error.server_is_busy).reason = text; },
      [&](auto& error) { wire::ensure(error.disk_full).reason = text; },
      [&](auto& error) { error.raft_entry_too_large.emplace(), error.message = text; },
      [&](auto& error) { error.undetermined_result.emplace(), error.message = text; },
      [&](auto& error) { error.flashback_in_progress.emplace(), error.message = text; },
      [&](auto& error) { error.proposal_in_merging_mode.emplace(), error.message = text; },
  };
  for (const auto& variant : variants) {
    refuse(variant);
    EXPECT_FALSE(get());
    EXPECT_LE(took, milliseconds(1001));
  }
}

TEST_F(HostileStore, TheTextsOfStatusesAndOfPairsAreCutToo) {
  edit = [](std::string_view, std::string_view, rpc::UnaryAnswer& answer) {
    answer.status = {rpc::StatusCode::resource_exhausted, nasty_text(64 << 10), rpc::Failure::none};
  };
  EXPECT_FALSE(get());
  change<pb::RawBatchGetResponse>("/tikvpb.Tikv/RawBatchGet", [](auto& answer) {
    wire::ensure(answer.pairs.emplace_back().error).abort = nasty_text(mebibyte);
  });
  EXPECT_FALSE(run(client->batch_get({"a", "b"})));
  change<pb::RawCoprocessorResponse>("/tikvpb.Tikv/RawCoprocessor",
                                     [](auto& answer) { answer.error = nasty_text(mebibyte); });
}

TEST_F(HostileStore, AnAnswerOfTinyPartsIsRefusedBeforeItIsParsed) {
  // Two bytes each on the wire, a hundred in memory.
  edit = [](std::string_view, std::string_view method, rpc::UnaryAnswer& answer) {
    if (method != "/tikvpb.Tikv/RawScan") return;
    answer.message.clear();
    for (int i = 0; i < 5'000'000; ++i) answer.message += std::string("\x12\x00", 2);
  };
  ScanOptions options;
  const auto scanned = run(client->scan(KeyRange::all(), options));
  ASSERT_FALSE(scanned);
  EXPECT_EQ(scanned.error().kind(), ErrorKind::protocol_error);
  EXPECT_LE(meter.peak(), answer_size + 32 * mebibyte);
}

TEST_F(HostileStore, RegionsByTheThousandDoNotFillTheCache) {
  refuse([](wire::errorpb::Error& error) {
    for (std::uint64_t i = 0; i < 10'000; ++i) {
      auto* region = &wire::ensure(error.epoch_not_match).current_regions.emplace_back();
      region->id = 1000 + i;
      region->start_key = "k" + std::to_string(i);
      region->end_key = "k" + std::to_string(i) + "a";
      wire::ensure(region->region_epoch).version = 1'000'000;
      region->peers.emplace_back().store_id = 1;
    }
  });
  EXPECT_FALSE(get());
  EXPECT_LE(core->sender().regions().size(), 1000U);
  EXPECT_LE(meter.peak(), answer_size + 32 * mebibyte);
}

TEST_F(HostileStore, RegionsThatCannotBeAreNotBelieved) {
  refuse([](wire::errorpb::Error& error) {
    auto* regions = &error.epoch_not_match.emplace();
    const auto add = [&](std::string start, std::string end, int peers) {
      auto* region = &regions->current_regions.emplace_back();
      region->id = 5000 + static_cast<std::uint64_t>(regions->current_regions.size());
      region->start_key = std::move(start);
      region->end_key = std::move(end);
      wire::ensure(region->region_epoch).version = 1'000'000;
      for (int i = 0; i < peers; ++i) region->peers.emplace_back().store_id = 1;
    };
    add("z", "a", 1);                         // ends before it begins
    add("key", "key", 1);                     // empty
    add("a", std::string(mebibyte, 'z'), 1);  // a bound without end
    add("a", "z", 10'000);                    // peers without end
  });
  EXPECT_FALSE(get());
  for (std::uint64_t id = 5000; id < 5010; ++id) EXPECT_EQ(core->sender().regions().find_by_id(id), nullptr) << id;
  edit = nullptr;
  EXPECT_TRUE(get(seconds(20)));
}

TEST_F(HostileStore, ARegionThatChangesWithEveryAnswerIsAskedAtTheRateOfItsPauses) {
  std::uint64_t version = 1000;
  const auto refused = [&version](auto& answer) {
    auto* region = &wire::ensure(wire::ensure(answer.region_error).epoch_not_match).current_regions.emplace_back();
    region->id = ++version;
    wire::ensure(region->region_epoch).version = version;
    region->peers.emplace_back().store_id = 1;
  };
  change<pb::RawBatchGetResponse>("/tikvpb.Tikv/RawBatchGet", refused);
  ReadOptions options;
  options.timeout = seconds(15);
  EXPECT_FALSE(run(client->batch_get({"a", "b", "c"}, options)));
  EXPECT_LE(answers("/tikvpb.Tikv/RawBatchGet"), 60U);
  change<pb::RawDeleteRangeResponse>("/tikvpb.Tikv/RawDeleteRange", refused);
  WriteOptions write;
  write.timeout = seconds(15);
  EXPECT_FALSE(run(client->delete_range(KeyRange::half_open("a", "z"), write)));
  EXPECT_LE(answers("/tikvpb.Tikv/RawDeleteRange"), 60U);
}

TEST_F(HostileStore, AChangingRegionUsesUpTheBudgetOfItsPauses) {
  std::uint64_t version = 1000;
  change<pb::RawBatchGetResponse>("/tikvpb.Tikv/RawBatchGet", [&version](auto& answer) {
    auto* region = &wire::ensure(wire::ensure(answer.region_error).epoch_not_match).current_regions.emplace_back();
    region->id = ++version;
    wire::ensure(region->region_epoch).version = version;
    region->peers.emplace_back().store_id = 1;
  });
  ReadOptions options;
  options.timeout = seconds(600);
  const auto got = run(client->batch_get({"a", "b", "c"}, options));
  ASSERT_FALSE(got);
  EXPECT_THAT(got.error().message(), HasSubstr("budget"));
  EXPECT_LE(took, seconds(70));
}

TEST_F(HostileStore, LeadersThatNameEachOtherAreAskedAtTheRateOfPauses) {
  std::uint64_t turn = 0;
  refuse([&turn](wire::errorpb::Error& error) {
    auto* leader = &wire::ensure(wire::ensure(error.not_leader).leader);
    leader->store_id = 1 + ++turn % 3;
    leader->id = leader->store_id;
  });
  EXPECT_FALSE(get());
  EXPECT_LE(took, milliseconds(1001));
  EXPECT_LE(answers(raw_get), 40U);
}

TEST_F(HostileStore, AStoreThatRefusesEveryCallIsAskedAtTheRateOfPauses) {
  edit = [](std::string_view, std::string_view method, rpc::UnaryAnswer& answer) {
    if (method != raw_get) return;
    answer.status = {rpc::StatusCode::unavailable, "refused", rpc::Failure::none};
    answer.delivery = Delivery::refused;
  };
  EXPECT_FALSE(get());
  EXPECT_LE(answers(raw_get), 40U);
}

TEST_F(HostileStore, ABusyStoreCannotHoldACallBeyondItsDeadline) {
  refuse([](wire::errorpb::Error& error) {
    wire::ensure(error.server_is_busy).backoff_ms = std::numeric_limits<std::uint64_t>::max();
    wire::ensure(error.server_is_busy).estimated_wait_ms = std::numeric_limits<std::uint32_t>::max();
  });
  EXPECT_FALSE(get());
  EXPECT_LE(took, milliseconds(1001));
}

TEST_F(HostileStore, BucketsByTheThousandAreNotKept) {
  refuse([](wire::errorpb::Error& error) {
    auto* buckets = &error.bucket_version_not_match.emplace();
    buckets->version = std::numeric_limits<std::uint64_t>::max();
    for (int i = 0; i < 20'000; ++i)
      buckets->keys.push_back("a key that is longer than a short string " + std::to_string(i));
  });
  const std::size_t before = live_bytes();
  EXPECT_FALSE(get());
  EXPECT_LE(live_bytes(), before + mebibyte);
}

TEST_F(HostileStore, ATimeToLiveIsNeverNegative) {
  ClientOptions options = simulation.client_options();
  options.streams_per_store = 0;
  options.api_version = ApiVersion::v1ttl;
  make_client(options);
  ASSERT_TRUE(core->connect());
  edit = [](std::string_view, std::string_view method, rpc::UnaryAnswer& answer) {
    if (method != "/tikvpb.Tikv/RawGetKeyTTL") return;
    pb::RawGetKeyTTLResponse response;
    response.ttl = std::numeric_limits<std::uint64_t>::max();
    answer.message = wire::encode(response);
  };
  const auto ttl = run(client->get_key_ttl("key"));
  ASSERT_TRUE(ttl) << ttl.error();
  ASSERT_TRUE(*ttl);
  EXPECT_GT((*ttl)->left.value(), seconds(0));
}

TEST_F(HostileStore, ChecksumsThatOverflowAreAnError) {
  testing::ClusterModel& cluster = simulation.cluster();
  ASSERT_EQ(cluster.split("m"), "");
  change<pb::RawChecksumResponse>("/tikvpb.Tikv/RawChecksum",
                                  [](auto& answer) { answer.total_kvs = std::numeric_limits<std::uint64_t>::max(); });
  const auto sum = run(client->checksum(KeyRange::all()));
  ASSERT_FALSE(sum);
  EXPECT_EQ(sum.error().kind(), ErrorKind::protocol_error);
}

TEST_F(HostileStore, HealthOfInventedStoresIsNotKept) {
  connect(1);
  std::uint64_t invented = 1'000'000;
  edit_message = [&invented](std::string_view, std::string_view method, std::string& message) {
    if (method != "/tikvpb.Tikv/BatchCommands") return;
    // Of several feedbacks in one message the last one counts; so one in each message.
    pb::HealthFeedback feedback;
    feedback.store_id = ++invented;
    feedback.feedback_seq_no = invented;
    feedback.slow_score = 100;
    const std::string bytes = wire::encode(feedback);
    message += '\x22';
    message += static_cast<char>(bytes.size());
    message += bytes;
  };
  ASSERT_TRUE(run(client->put("key", "value")));
  const std::size_t before = live_bytes();
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(run(client->get("key")));
  tell_memory("HealthOfInventedStoresIsNotKept", 0, live_bytes() > before ? live_bytes() - before : 0);
  EXPECT_LE(live_bytes(), before + (std::size_t{64} << 10));
  EXPECT_FALSE(core->sender().stores().any_in_trouble(simulation.loop().now()));
}

class CountingObserver final : public Observer {
 public:
  [[nodiscard]] LogLevel log_level() const noexcept override { return LogLevel::warning; }
  void log(const LogRecord& record) override {
    ++records;
    EXPECT_TRUE(is_harmless(record.message)) << record.message;
  }
  std::uint64_t records = 0;
};

TEST_F(HostileStore, AHealthThatChangesWithEveryAnswerDoesNotFillTheLog) {
  const auto observer = std::make_shared<CountingObserver>();
  ClientOptions options = simulation.client_options();
  options.observer = observer;
  make_client(options);
  ASSERT_TRUE(core->connect());
  ASSERT_TRUE(run(client->put("key", "value")));
  std::uint64_t sequence = 1'000'000;
  edit_message = [&sequence](std::string_view address, std::string_view method, std::string& message) {
    if (method != "/tikvpb.Tikv/BatchCommands") return;
    pb::HealthFeedback feedback;
    feedback.store_id = static_cast<std::uint64_t>(address[5] - '0');  // store1:20160
    feedback.feedback_seq_no = ++sequence;
    feedback.slow_score = sequence % 2 == 0 ? 100 : 1;
    const std::string bytes = wire::encode(feedback);
    message += '\x22';
    message += static_cast<char>(bytes.size());
    message += bytes;
  };
  const std::uint64_t before = observer->records;
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(run(client->get("key")));
  EXPECT_GE(observer->records - before, 1U);
  EXPECT_LE(observer->records - before, 2U);
}

TEST_F(HostileStore, BatchAnswersThatNobodyAskedForTakeLittleMemory) {
  connect(1);
  ASSERT_TRUE(run(client->put("key", "value")));
  edit_message = [this](std::string_view, std::string_view method, std::string& message) {
    if (method != "/tikvpb.Tikv/BatchCommands") return;
    message.clear();
    for (int i = 0; i < 5'000'000; ++i) message += "\x10\x01";  // ids without answers
    meter.begin();
    answer_size = message.size();
  };
  EXPECT_TRUE(get()) << "by a call of its own";
  tell_memory("BatchAnswersThatNobodyAskedForTakeLittleMemory", answer_size, meter.peak());
  EXPECT_LE(meter.peak(), answer_size + 32 * mebibyte);
  const std::size_t held = live_bytes();
  edit_message = nullptr;
  EXPECT_TRUE(get(seconds(20)));
  EXPECT_LE(live_bytes(), held + mebibyte);
}

}  // namespace
}  // namespace tikv::hostile
