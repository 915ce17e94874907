// Everything that PD and stores may say, put together at random: a call ends in time, asks seldom, takes
// little memory, tells what can be shown, and never a value that the key did not have.

#include <array>
#include <limits>
#include <random>

#include "hostile/hostile_world.h"

namespace tikv::hostile {
namespace {

namespace pb = wire::kvrpcpb;
namespace pd = wire::pdpb;

/// Chooses among nasty values; all chance comes from the seed.
class Nasty {
 public:
  explicit Nasty(std::uint64_t seed) : random_(seed) {}

  bool one_in(std::uint64_t n) { return random_() % n == 0; }
  std::uint64_t up_to(std::uint64_t most) { return random_() % (most + 1); }
  std::uint64_t number() {
    static constexpr std::array<std::uint64_t, 9> numbers = {
        0, 1, 2, 3, 7, 1U << 31U, std::numeric_limits<std::uint64_t>::max(), std::uint64_t{1} << 63U, 1'000'000};
    return numbers[up_to(numbers.size() - 1)];
  }
  std::string text() {
    switch (up_to(4)) {
      case 0:
        return {};
      case 1:
        return nasty_text(up_to(300));
      case 2:
        return nasty_text(up_to(100'000));
      case 3:
        return "stale command";
      default:
        return "mismatch cluster id";
    }
  }
  std::string key() {
    switch (up_to(5)) {
      case 0:
        return {};
      case 1:
        return std::string(up_to(5000), '\xff');
      case 2:
        return std::string(1, '\0');
      default:
        return std::string(1, static_cast<char>('a' + up_to(25)));
    }
  }

 private:
  std::mt19937_64 random_;
};

void lie(Nasty& nasty, wire::metapb::Region& region) {
  if (nasty.one_in(2)) region.id = nasty.number();
  if (nasty.one_in(2)) region.start_key = nasty.key();
  if (nasty.one_in(2)) region.end_key = nasty.key();
  if (nasty.one_in(3)) wire::ensure(region.region_epoch).version = nasty.number();
  if (nasty.one_in(3)) wire::ensure(region.region_epoch).conf_ver = nasty.number();
  if (nasty.one_in(4)) region.peers = {};
  for (std::uint64_t i = nasty.up_to(nasty.one_in(50) ? 1000 : 4); i > 0; --i) {
    auto* peer = &region.peers.emplace_back();
    peer->id = nasty.number();
    peer->store_id = nasty.up_to(5);
    peer->is_witness = nasty.one_in(5);
  }
}

void lie(Nasty& nasty, wire::errorpb::Error& error) {
  if (nasty.one_in(2)) error.message = nasty.text();
  switch (nasty.up_to(11)) {
    case 0:
      for (std::uint64_t i = nasty.up_to(20); i > 0; --i)
        lie(nasty, wire::ensure(error.epoch_not_match).current_regions.emplace_back());
      error.epoch_not_match.emplace();
      break;
    case 1:
    case 2:
      wire::ensure(wire::ensure(error.not_leader).leader).store_id = nasty.up_to(5);
      wire::ensure(wire::ensure(error.not_leader).leader).id = nasty.number();
      break;
    case 3:
      wire::ensure(error.server_is_busy).backoff_ms = nasty.number();
      wire::ensure(error.server_is_busy).reason = nasty.text();
      break;
    case 4:
      wire::ensure(error.bucket_version_not_match).version = nasty.number();
      for (std::uint64_t i = nasty.up_to(500); i > 0; --i)
        wire::ensure(error.bucket_version_not_match).keys.push_back(nasty.key());
      break;
    case 5:
      wire::ensure(error.store_not_match).actual_store_id = nasty.number();
      break;
    case 6:
      error.region_not_found.emplace();
      break;
    case 7:
      error.not_leader.emplace();
      break;
    case 8:
      wire::ensure(error.disk_full).reason = nasty.text();
      break;
    case 9:
      error.undetermined_result.emplace();
      break;
    case 10:
      error.stale_command.emplace();
      break;
    default:
      error.read_index_not_ready.emplace();
      break;
  }
}

/// A changed answer is written only where the message is one of this kind.
template <class Response, class Change>
void rewrite(std::string& bytes, const Change& change) {
  Response response;
  if (!wire::decode(bytes, response)) return;
  change(response);
  bytes = wire::encode(response);
}

template <class Response>
void lie_as_store(Nasty& nasty, std::string& bytes) {
  rewrite<Response>(bytes, [&](Response& response) {
    if constexpr (requires { response.error = std::string(); }) {
      if (nasty.one_in(3)) {
        response.error = nasty.text();
        return;
      }
    }
    lie(nasty, wire::ensure(response.region_error));
  });
}

using Lie = void (*)(Nasty&, std::string&);

template <class Response>
void lie_as_pd(Nasty& nasty, Response& response) {
  if (!nasty.one_in(4)) return;
  wire::ensure(wire::ensure(response.header).error).type = static_cast<pd::ErrorType>(nasty.up_to(12));
  wire::ensure(wire::ensure(response.header).error).message = nasty.text();
}

void lie_about_a_region(Nasty& nasty, std::string& bytes) {
  rewrite<pd::GetRegionResponse>(bytes, [&](pd::GetRegionResponse& response) {
    lie_as_pd(nasty, response);
    lie(nasty, wire::ensure(response.region));
    if (nasty.one_in(3)) wire::ensure(response.leader).id = nasty.number();
    if (nasty.one_in(3)) wire::ensure(response.buckets).keys.push_back(nasty.key());
  });
}

void lie_about_regions(Nasty& nasty, std::string& bytes) {
  rewrite<pd::ScanRegionsResponse>(bytes, [&](pd::ScanRegionsResponse& response) {
    lie_as_pd(nasty, response);
    if (nasty.one_in(3)) response.regions = {};
    for (std::uint64_t i = nasty.up_to(300); i > 0; --i) {
      auto* region = &response.regions.emplace_back();
      lie(nasty, wire::ensure(region->region));
      if (region->region->peers.size() > 0) region->leader = region->region->peers[0];
    }
  });
}

void lie_about_a_store(Nasty& nasty, std::string& bytes) {
  rewrite<pd::GetStoreResponse>(bytes, [&](pd::GetStoreResponse& response) {
    lie_as_pd(nasty, response);
    if (nasty.one_in(2)) wire::ensure(response.store).address = nasty.one_in(2) ? nasty.text() : "nobody:1";
    if (nasty.one_in(4)) wire::ensure(response.store).state = wire::metapb::StoreState::tombstone;
  });
}

void lie_about_members(Nasty& nasty, std::string& bytes) {
  rewrite<pd::GetMembersResponse>(bytes, [&](pd::GetMembersResponse& response) {
    lie_as_pd(nasty, response);
    if (nasty.one_in(3)) response.members = {};
    for (std::uint64_t i = nasty.up_to(100); i > 0; --i) {
      response.members.emplace_back().client_urls.push_back(
          nasty.one_in(2) ? nasty.text() : "http://nobody" + std::to_string(i) + ":1");
    }
    if (nasty.one_in(3)) response.leader = {};
    if (nasty.one_in(5)) wire::ensure(response.leader).client_urls.push_back(nasty.text());
  });
}

Lie lie_about(std::string_view method) {
  static const std::map<std::string_view, Lie> lies = {
      {"/tikvpb.Tikv/RawGet", lie_as_store<pb::RawGetResponse>},
      {"/tikvpb.Tikv/RawPut", lie_as_store<pb::RawPutResponse>},
      {"/tikvpb.Tikv/RawBatchGet", lie_as_store<pb::RawBatchGetResponse>},
      {"/tikvpb.Tikv/RawBatchPut", lie_as_store<pb::RawBatchPutResponse>},
      {"/tikvpb.Tikv/RawScan", lie_as_store<pb::RawScanResponse>},
      {"/tikvpb.Tikv/RawDeleteRange", lie_as_store<pb::RawDeleteRangeResponse>},
      {"/tikvpb.Tikv/RawCompareAndSwap", lie_as_store<pb::RawCASResponse>},
      {"/pdpb.PD/GetRegion", lie_about_a_region},
      {"/pdpb.PD/ScanRegions", lie_about_regions},
      {"/pdpb.PD/GetStore", lie_about_a_store},
      {"/pdpb.PD/GetMembers", lie_about_members},
  };
  const auto found = lies.find(method);
  return found == lies.end() ? nullptr : found->second;
}

class HostileCluster : public HostileTest {
 protected:
  void lie_from(std::uint64_t seed) {
    nasty.emplace(seed);
    const std::uint64_t truth = 1 + nasty->up_to(3);
    edit = [this, truth](std::string_view, std::string_view method, rpc::UnaryAnswer& answer) {
      if (!answer.status.ok() || (truth > 1 && nasty->one_in(truth))) return;
      if (nasty->one_in(20)) {
        answer.status.code = static_cast<rpc::StatusCode>(1 + nasty->up_to(15));
        answer.status.message = nasty->text();
        if (nasty->one_in(2)) answer.delivery = Delivery::refused;
      } else if (nasty->one_in(20)) {
        answer.message = nasty->text();
      } else if (const Lie tell = lie_about(method)) {
        tell(*nasty, answer.message);
      }
    };
  }
  [[nodiscard]] std::uint64_t asked() const {
    std::uint64_t total = 0;
    for (const auto& [method, count] : answers_by_method) total += count;
    return total;
  }
  /// The values that "a" to "e" may have: every one that was ever put.
  void expect_true(const std::string& key, const std::optional<std::string>& value) {
    EXPECT_TRUE(!value || value->starts_with(key + "=")) << key << " is " << value.value_or("");
  }
  void do_something();

  std::optional<Nasty> nasty;
};

void HostileCluster::do_something() {
  const std::string key(1, static_cast<char>('a' + nasty->up_to(4)));
  ReadOptions read;
  WriteOptions write;
  read.timeout = write.timeout = milliseconds(400);
  switch (nasty->up_to(6)) {
    case 0: {
      const auto got = run(client->get(key, read));
      if (got) expect_true(key, *got);
      break;
    }
    case 1:
      std::ignore = run(client->put(key, key + "=new", write));
      break;
    case 2: {
      const auto got = run(client->batch_get({"a", "b", "c", "d", "e"}, read));
      if (!got) break;
      for (const KeyValue& pair : *got) expect_true(pair.key, pair.value);
      break;
    }
    case 3: {
      ScanOptions options;
      options.timeout = milliseconds(400);
      options.limit = 10;
      const auto scanned = run(client->scan(KeyRange::half_open("a", "f"), options));
      if (!scanned) break;
      EXPECT_LE(scanned->size(), 10U);
      for (const KeyValue& pair : *scanned) expect_true(pair.key, pair.value);
      break;
    }
    case 4:
      std::ignore = run(client->refresh(KeyRange::all(), read));
      break;
    case 5: {
      KeyValue pair;
      pair.key = key;
      pair.value = key + "=batch";
      std::vector<KeyValue> pairs;
      pairs.push_back(pair);
      std::ignore = run(client->batch_put(std::move(pairs), write));
      break;
    }
    default:
      std::ignore = run(client->delete_range(KeyRange::half_open("d", "e"), write));
      break;
  }
  EXPECT_LE(took, milliseconds(401));
}

TEST_F(HostileCluster, LiesAtRandomCostNeitherTimeNorMemoryNorTruth) {
  connect();
  for (const char* cut : {"b", "c", "m"}) ASSERT_EQ(simulation.cluster().split(cut), "");
  for (const std::string key : {"a", "b", "c", "d", "e"}) ASSERT_TRUE(run(client->put(key, key + "=first")));
  std::size_t settled = 0;
  for (std::uint64_t seed = 1; seed <= 600 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    lie_from(seed);
    const MemoryMeter run_meter;
    const std::uint64_t before = asked();
    do_something();
    EXPECT_LE(asked() - before, 250U);
    EXPECT_LE(run_meter.peak(), 32 * mebibyte);
    if (seed == 300) settled = live_bytes();
    EXPECT_TRUE(seed <= 300 || live_bytes() <= settled + 8 * mebibyte) << live_bytes() << " after " << settled;
  }
  edit = nullptr;
  simulation.loop().run_for(seconds(30));
  EXPECT_TRUE(run(client->put("a", "a=last"))) << "honest again, and all is well";
  EXPECT_EQ(run(client->get("a")).value(), "a=last");
}

}  // namespace
}  // namespace tikv::hostile
