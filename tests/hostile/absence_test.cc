// What is absent is the server's choice: every answer of every call as no bytes at all, and with each field
// missing, alone and in a batch. A result, a retry or an error with words; never more, never for long.

#include <array>

#include "hostile/hostile_world.h"
#include "testing/region_error_name.h"
#include "wire/errorpb.h"

namespace tikv::hostile {
namespace {

/// A field where it lies in a message: its bytes, and what is in it.
struct Field {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::uint32_t tag = 0;
  std::string_view content;
};

std::vector<Field> fields_in(std::string_view bytes) {
  std::vector<Field> fields;
  wire::Reader reader(bytes);
  while (!reader.at_end()) {
    Field field;
    field.begin = bytes.size() - reader.rest();
    if (!reader.tag(field.tag)) return {};
    const bool nested = wire::type_of(field.tag) == wire::WireType::bytes;
    if (!(nested ? reader.view(field.content) : reader.skip(field.tag))) return {};
    field.end = bytes.size() - reader.rest();
    fields.push_back(field);
  }
  return fields;
}

std::string with_length(std::uint32_t tag, std::string_view content) {
  std::string bytes(wire::varint_size(tag) + wire::size_with_length(content.size()), '\0');
  wire::Writer writer(bytes.data() + bytes.size());
  writer.raw(content);
  writer.varint(content.size());
  writer.varint(tag);
  return bytes;
}

/// `bytes` without one field, for each of its fields and of those inside them.
std::vector<std::string> without_each(std::string_view bytes) {
  std::vector<std::string> all;
  for (const Field& field : fields_in(bytes)) {
    const std::string before(bytes.substr(0, field.begin));
    const std::string_view after = bytes.substr(field.end);
    all.push_back(before + std::string(after));
    for (const std::string& inside : without_each(field.content)) {
      all.push_back(before + with_length(field.tag, inside) + std::string(after));
    }
  }
  return all;
}

/// The nth of them; none of all, and then no bytes at all, at the end. False if there are no more.
bool take_away(std::string& bytes, std::size_t number) {
  std::vector<std::string> all = without_each(bytes);
  all.emplace_back();
  if (number >= all.size()) return false;
  bytes = std::move(all[number]);
  return true;
}

using Call = std::function<bool(AsyncRawClient&)>;

class Absence : public HostileTest {
 protected:
  static constexpr milliseconds timeout{300};

  Absence() : HostileTest({.cluster = {.regions = 2}}) {}

  /// A client of a cluster with times to live, for the calls that need them.
  void begin(std::size_t streams) {
    edit = {};
    edit_message = {};
    ClientOptions options = simulation.client_options();
    options.api_version = ApiVersion::v1ttl;
    options.streams_per_store = streams;
    make_client(options);
    ASSERT_TRUE(core->connect());
  }
  template <class Options>
  static Options in_time() {
    Options options;
    options.timeout = timeout;
    return options;
  }
  template <class T>
  bool done(Task<T> task) {
    const bool succeeded = run(std::move(task)).has_value();
    EXPECT_LE(took, timeout + milliseconds(1));
    return succeeded;
  }

  /// Tries the call with each field of the answers to `method` missing, one after the other. How often it
  /// was tried.
  std::size_t without_each_field(std::string_view method, std::size_t streams, bool fresh, const Call& call) {
    std::size_t tried = 0;
    for (bool more = true; more; ++tried) {
      SCOPED_TRACE(std::string(method) + " without its field " + std::to_string(tried));
      more = false;
      begin(streams);
      if (!fresh) {  // it knows regions and stores
        EXPECT_TRUE(done(client->put("key", "value", in_time<WriteOptions>())));
      }
      edit = [&](std::string_view, std::string_view answered, rpc::UnaryAnswer& answer) {
        if (answered == method) more = take_away(answer.message, tried) || more;
      };
      edit_message = [&](std::string_view, std::string_view answered, std::string& message) {
        if (answered == method) more = take_away(message, tried) || more;
      };
      static_cast<void>(call(*client));
    }
    edit = {};
    edit_message = {};
    return tried;
  }

  const Call get = [this](AsyncRawClient& asked) { return done(asked.get("key", in_time<ReadOptions>())); };
};

TEST_F(Absence, OfAnythingInAnswersOfPdIsBorne) {
  for (const std::string_view method : {"/pdpb.PD/GetRegion", "/pdpb.PD/GetStore"}) {
    EXPECT_GT(without_each_field(method, 0, true, get), 5U) << method;
  }
  const Call refresh = [this](AsyncRawClient& asked) {
    return done(asked.refresh(KeyRange::all(), in_time<ReadOptions>()));
  };
  EXPECT_GT(without_each_field("/pdpb.PD/ScanRegions", 0, true, refresh), 20U);
  const Call swap = [this](AsyncRawClient& asked) {
    return done(asked.get_key_ttl("key", in_time<ReadOptions>()));  // needs the versions of all stores
  };
  EXPECT_GT(without_each_field("/pdpb.PD/GetAllStores", 0, true, swap), 10U);
}

TEST_F(Absence, OfAnythingInPdsAnswersAboutItselfIsBorne) {
  for (std::size_t number = 0;; ++number) {
    SCOPED_TRACE(number);
    bool more = false;
    edit = [&](std::string_view, std::string_view answered, rpc::UnaryAnswer& answer) {
      if (answered == "/pdpb.PD/GetMembers") more = take_away(answer.message, number) || more;
    };
    ClientOptions options = simulation.client_options();
    options.connect_timeout = timeout;
    make_client(options);
    if (const Result<void> met = core->connect(); !met) expect_presentable(met.error());
    if (!more) break;
  }
}

TEST_F(Absence, OfAnythingInAnswersOfStoresIsBorne) {
  const std::vector<std::pair<std::string_view, Call>> calls{
      {"RawGet", get},
      {"RawPut", [this](auto& asked) { return done(asked.put("key", "v", in_time<WriteOptions>())); }},
      {"RawDelete", [this](auto& asked) { return done(asked.delete_key("key", in_time<WriteOptions>())); }},
      {"RawBatchGet",
       [this](auto& asked) {
         return done(asked.batch_get({"key", "z"}, in_time<ReadOptions>()));
       }},
      {"RawBatchDelete",
       [this](auto& asked) {
         return done(asked.batch_delete({"key", "z"}, in_time<WriteOptions>()));
       }},
      {"RawScan", [this](auto& asked) { return done(asked.scan(KeyRange::all(), in_time<ScanOptions>())); }},
      {"RawDeleteRange",
       [this](auto& asked) { return done(asked.delete_range(KeyRange::all(), in_time<WriteOptions>())); }},
      {"RawGetKeyTTL", [this](auto& asked) { return done(asked.get_key_ttl("key", in_time<ReadOptions>())); }},
      {"RawChecksum", [this](auto& asked) { return done(asked.checksum(KeyRange::all(), in_time<ReadOptions>())); }},
  };
  for (const auto& [name, call] : calls) {
    EXPECT_GT(without_each_field("/tikvpb.Tikv/" + std::string(name), 0, false, call), 1U) << name;
    EXPECT_GT(without_each_field("/tikvpb.Tikv/BatchCommands", 1, false, call), 0U) << name;
  }
}

/// A region error with all that it may hold.
std::string whole_error(const std::string& name) {
  using namespace wire;
  errorpb::Error error;
  EXPECT_TRUE(testing::set_region_error(name, error));
  error.message = "words";
  const metapb::Region region{.id = 2,
                              .start_key = "a",
                              .end_key = "z",
                              .region_epoch = {{.conf_ver = 1, .version = 9}},
                              .peers = {{.id = 3, .store_id = 1}, {.id = 4, .store_id = 2}}};
  if (error.not_leader) error.not_leader = {.region_id = 2, .leader = {{.id = 4, .store_id = 2}}};
  if (error.epoch_not_match) error.epoch_not_match = {.current_regions = {region, region}};
  if (error.bucket_version_not_match) error.bucket_version_not_match = {.version = 7, .keys = {"a", "m", "z"}};
  if (error.server_is_busy) error.server_is_busy = {.reason = "busy", .backoff_ms = 1, .estimated_wait_ms = 1};
  if (error.disk_full) error.disk_full = {.store_id = {1, 2}, .reason = "full"};
  if (error.key_not_in_region) error.key_not_in_region = {.key = "k", .region_id = 2, .start_key = "a", .end_key = "b"};
  if (error.store_not_match) error.store_not_match = {.request_store_id = 1, .actual_store_id = 2};
  return encode(error);
}

TEST_F(Absence, OfAnythingInARegionErrorIsBorne) {
  static constexpr std::array names{
      "NotLeader",         "RegionNotFound",       "KeyNotInRegion",        "EpochNotMatch",
      "ServerIsBusy",      "StaleCommand",         "StoreNotMatch",         "RaftEntryTooLarge",
      "DiskFull",          "RecoveryInProgress",   "FlashbackInProgress",   "IsWitness",
      "MismatchPeerId",    "UndeterminedResult",   "BucketVersionNotMatch", "DataIsNotReady",
      "ReadIndexNotReady", "RegionNotInitialized", "MaxTimestampNotSynced"};
  for (const std::size_t streams : {std::size_t{0}, std::size_t{1}}) {
    for (const char* const name : names) {
      const std::string whole = whole_error(name);
      std::string changed = whole;
      for (std::size_t number = 0; take_away(changed = whole, number); ++number) {
        SCOPED_TRACE(std::string(name) + " without its field " + std::to_string(number));
        begin(streams);
        EXPECT_TRUE(get(*client));
        const std::string answer = with_length(wire::tag_of(1, wire::WireType::bytes), changed);
        edit = [&](std::string_view, std::string_view answered, rpc::UnaryAnswer& told) {
          if (answered == "/tikvpb.Tikv/RawGet") told.message = answer;
        };
        edit_message = [&](std::string_view, std::string_view answered, std::string& message) {
          if (answered != "/tikvpb.Tikv/BatchCommands") return;
          const std::vector<Field> fields = fields_in(message);
          std::string edited;
          for (const Field& field : fields) {
            edited += field.tag == wire::tag_of(1, wire::WireType::bytes)
                          ? with_length(field.tag, with_length(wire::tag_of(13, wire::WireType::bytes), answer))
                          : message.substr(field.begin, field.end - field.begin);
          }
          message = edited;
        };
        EXPECT_FALSE(get(*client)) << "it was refused each time";
      }
    }
  }
}

TEST_F(Absence, OfUtf8InATextIsShownAsEscapes) {
  connect(0);
  edit = [&](std::string_view, std::string_view answered, rpc::UnaryAnswer& told) {
    if (answered != "/tikvpb.Tikv/RawGet") return;
    told.message = wire::encode(wire::kvrpcpb::RawGetResponse{.error = "bad \xff\xfe words"});
  };
  const auto got = run(client->get("key", in_time<ReadOptions>()));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind(), ErrorKind::server_error);
  EXPECT_THAT(got.error().message(), ::testing::HasSubstr("bad \\xff\\xfe words"));
}

}  // namespace
}  // namespace tikv::hostile
