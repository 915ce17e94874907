#include "scenarios/stage.h"

#include <cstdio>

namespace tikv::scenarios {

std::string_view name_of(Need need) {
  switch (need) {
    case Need::ttl:
      return "times to live";
    case Need::ttl_per_key:
      return "a time to live for each key of a batch";
    case Need::compare_and_swap:
      return "compare-and-swap";
    case Need::compare_and_delete:
      return "compare-and-delete";
    case Need::checksum:
      return "checksums";
    case Need::coprocessor:
      return "coprocessors";
    case Need::families:
      return "column families";
    case Need::keyspaces:
      return "keyspaces";
    case Need::api_checks:
      return "stores that look at the API version";
    case Need::stopped_stores:
      return "stores that can be stopped";
  }
  return "?";
}

std::vector<std::string> Stage::keys(const std::vector<std::string>& names) const {
  std::vector<std::string> result;
  for (const std::string& name : names) result.push_back(key(name));
  return result;
}

std::vector<KeyValue> Stage::pairs(std::size_t count, std::string_view letter) const {
  std::vector<KeyValue> result(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::string number = std::to_string(i);
    number.insert(0, 4 - std::min<std::size_t>(4, number.size()), '0');
    result[i].key = key(std::string(letter) + number);
    result[i].value = "value of " + result[i].key;
  }
  return result;
}

namespace {

template <class T>
void expect_unsupported(const Result<T>& result) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind(), ErrorKind::unsupported) << result.error();
  EXPECT_FALSE(result.error().undetermined()) << result.error();
}

std::string no_data(const CoprocessorRegion& /*region*/, const std::vector<KeyRange>& /*ranges*/) { return {}; }

}  // namespace

void expect_refused(Stage& stage, Need need) {
  const std::string key = stage.key("refused");
  switch (need) {
    case Need::ttl: {
      WriteOptions options;
      options.ttl = std::chrono::seconds(100);
      expect_unsupported(stage.client().put(key, "1", options));
      expect_unsupported(stage.client().get_key_ttl(key));
      break;
    }
    case Need::ttl_per_key:
      expect_unsupported(stage.client().batch_put_with_ttl(
          {{key, "1", std::chrono::seconds(1)}, {key + "2", "2", std::chrono::seconds(2)}}));
      break;
    case Need::compare_and_swap:
      expect_unsupported(stage.atomic().compare_and_swap(key, std::nullopt, "1"));
      break;
    case Need::compare_and_delete:
      must(stage.client().put(key, "1"));
      expect_unsupported(stage.atomic().compare_and_delete(key, "1"));
      EXPECT_EQ(must(stage.client().get(key)), "1");
      must(stage.client().delete_key(key));
      break;
    case Need::checksum:
      expect_unsupported(stage.client().checksum(stage.all()));
      break;
    case Need::coprocessor:
      expect_unsupported(stage.client().coprocessor("plugin", "*", {stage.all()}, no_data));
      break;
    case Need::families: {
      WriteOptions options;
      options.column_family = ColumnFamily::lock;
      const auto put = stage.client().put(key, "1", options);
      EXPECT_FALSE(put.has_value());
      break;
    }
    case Need::keyspaces: {
      ClientWish wish;
      wish.keyspace = "other";
      wish.api = ApiVersion::v2;
      EXPECT_FALSE(stage.backend().connect(wish).has_value());
      break;
    }
    case Need::api_checks:
    case Need::stopped_stores:
      break;
  }
  EXPECT_EQ(must(stage.client().get(key)), std::nullopt) << "and nothing was written";
}

}  // namespace tikv::scenarios
