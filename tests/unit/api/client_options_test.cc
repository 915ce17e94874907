#include "tikv/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tikv/raw_client.h"

namespace tikv {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(ClientOptions, ListOfAddresses) {
  EXPECT_THAT(ClientOptions::parse("127.0.0.1:2379").value().pd_addresses, ElementsAre("127.0.0.1:2379"));
  EXPECT_THAT(ClientOptions::parse("pd1:2379,[::1]:2380").value().pd_addresses, ElementsAre("pd1:2379", "[::1]:2380"));
  EXPECT_THAT(ClientOptions::parse("tikv://pd1:2379/").value().pd_addresses, ElementsAre("pd1:2379"));
}

TEST(ClientOptions, UrlWithEveryOption) {
  const ClientOptions options =
      ClientOptions::parse(
          "tikv://pd1:2379,pd2:2379?timeout=5s&connect_timeout=250ms&ca=%2Fetc%2Fca.pem&cert=c.pem&key=k.pem"
          "&cluster_id=7&max_answer_size=16MiB")
          .value();
  EXPECT_THAT(options.pd_addresses, ElementsAre("pd1:2379", "pd2:2379"));
  EXPECT_EQ(options.timeout, milliseconds(5000));
  EXPECT_EQ(options.connect_timeout, milliseconds(250));
  ASSERT_TRUE(options.tls.has_value());
  EXPECT_EQ(options.tls->ca, "/etc/ca.pem");
  EXPECT_EQ(options.tls->certificate, "c.pem");
  EXPECT_EQ(options.tls->key, "k.pem");
  EXPECT_EQ(options.cluster_id, 7U);
  EXPECT_EQ(options.max_answer_size, std::size_t{16} << 20U);
}

TEST(ClientOptions, UrlThatMapsAddressesAndSaysWhatIsTold) {
  const ClientOptions options =
      ClientOptions::parse("tikv://pd1:2379?map=tikv1:20160=127.0.0.1:1,tikv2=10.0.0.7&slow_operation=2s&log_keys=true")
          .value();
  EXPECT_THAT(options.address_map, ElementsAre(std::pair<const std::string, std::string>("tikv1:20160", "127.0.0.1:1"),
                                               std::pair<const std::string, std::string>("tikv2", "10.0.0.7")));
  EXPECT_EQ(options.slow_operation, milliseconds(2000));
  EXPECT_TRUE(options.log_keys);
  EXPECT_EQ(ClientOptions::parse("pd:1?slow_operation=never").value().slow_operation, milliseconds::max());
  EXPECT_EQ(ClientOptions::parse("pd:1").value().slow_operation, milliseconds(1000));
}

TEST(ClientOptions, AMapIsCheckedBeforeAnythingIsSent) {
  ClientOptions options = ClientOptions::parse("127.0.0.1:1").value();
  options.address_map = {{"http://tikv1", "here"}};
  const auto refused = RawClient::connect(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(refused.error().message(), HasSubstr("the address map has a wrong entry"));
}

struct BadUrl {
  std::string url;
  std::string text;
};

TEST(ClientOptions, MalformedUrlsSayWhatIsWrong) {
  const BadUrl rows[] = {
      {"", "names no address of PD"},
      {"tikv://", "names no address of PD"},
      {"http://pd1:2379", "does not begin with tikv://"},
      {"pd1", "the port is missing"},
      {"pd1:", "'pd1:' is not an address"},
      {"pd1:0", "'pd1:0' is not an address"},
      {"pd1:65536", "'pd1:65536' is not an address"},
      {"tikv://pd1:67915", "'pd1:67915' is not an address"},
      {"tikv://pd1:2379,pd2:65537?timeout=5s", "'pd2:65537' is not an address"},
      {"pd1:2379x", "'pd1:2379x' is not an address"},
      {":2379", "':2379' is not an address"},
      {"::1:2379", "'::1:2379' is not an address"},
      {"[::1:2379", "'[::1:2379' is not an address"},
      {"pd1:2379,", "ends with a comma"},
      {"pd1:2379,,pd2:2379", "'' is not an address"},
      {"tikv://pd1:2379?map=tikv1", "is not told=reached"},
      {"tikv://pd1:2379?map=a=b,a=c", "says twice where a is"},
      {"tikv://pd1:2379?map=a=b:x", "the address map has a wrong entry"},
      {"tikv://pd1:2379?slow_operation=soon", "'slow_operation' is no whole number"},
      {"tikv://pd1:2379?log_keys=yes", "neither true nor false"},
      {"tikv://pd1:2379?timeout", "'timeout' is not of the form name=value"},
      {"tikv://pd1:2379?timout=5s", "there is no option 'timout'; known: timeout"},
      {"tikv://pd1:2379?timeout=5", "'5' of 'timeout' is no whole number with one of ms, s, min"},
      {"tikv://pd1:2379?timeout=-5s", "'-5s' of 'timeout' is no whole number"},
      {"tikv://pd1:2379?timeout=0s", "'timeout' must be above 0"},
      {"tikv://pd1:2379?timeout=99999999999999999999s", "is no whole number"},
      {"tikv://pd1:2379?timeout=10000000min", "below a year"},
      {"tikv://pd1:2379?ca=%2", "a % without two hexadecimal digits"},
      {"tikv://pd1:2379?ca=a%00b", "has %00"},
      {"tikv://pd1:2379?timeout=5s&timeout=6s", "'timeout' is given twice"},
      {"tikv://pd1:2379?timeout=5\ns", "'5?s' of 'timeout'"},
      {"tikv://pd1:2379?timeout=5s#top", "'5s#top' of 'timeout'"},
      {"tikv://pd1:2379?&timeout=5s", "'' is not of the form name=value"},
      {"tikv://user@pd1:2379", "'user@pd1:2379' is not an address"},
      {"pd1:2379/path", "the port is not a number"},
      {"TIKV://pd1:2379", "does not begin with tikv://"},
      {"tikv://pd1:2379?cert=c.pem", "'cert' and 'key' go together"},
      {"tikv://pd1:2379?max_answer_size=1TB", "is no whole number with one of KiB, MiB, GiB"},
      {"tikv://pd1:2379?cluster_id=x", "'x' of 'cluster_id'"},
  };
  for (const BadUrl& row : rows) {
    const Result<ClientOptions> parsed = ClientOptions::parse(row.url);
    ASSERT_FALSE(parsed.has_value()) << row.url;
    EXPECT_EQ(parsed.error().kind(), ErrorKind::invalid_argument) << row.url;
    EXPECT_THAT(parsed.error().message(), HasSubstr(row.text)) << row.url;
    EXPECT_FALSE(RawClient::connect(row.url).has_value());
  }
}

TEST(ClientOptions, WhatTheStructHoldsIsCheckedToo) {
  ClientOptions options;
  EXPECT_THAT(RawClient::connect(options).error().message(), HasSubstr("no address of PD is given"));
  options.pd_addresses = {"pd1"};
  EXPECT_THAT(RawClient::connect(options).error().message(), HasSubstr("the port is missing"));
  options.pd_addresses = {"127.0.0.1:1"};
  options.timeout = milliseconds(0);
  EXPECT_THAT(RawClient::connect(options).error().message(), HasSubstr("must be positive"));
  options = ClientOptions();
  options.pd_addresses = {"127.0.0.1:1"};
  options.max_parallel_regions = 0;
  EXPECT_THAT(RawClient::connect(options).error().message(), HasSubstr("max_parallel_regions"));
  options.max_parallel_regions = 1;
  options.tls.emplace();
  options.tls->ca = "no-such-file.pem";
  const Error error = RawClient::connect(options).error();
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument) << error;
  EXPECT_THAT(error.message(), HasSubstr("no-such-file.pem"));
}

TEST(ClientOptions, RawOptionsAreRead) {
  const auto options = ClientOptions::parse("tikv://pd:2379?atomic=true&api_version=1ttl").value();
  EXPECT_TRUE(options.atomic);
  EXPECT_EQ(options.api_version, ApiVersion::v1ttl);
  EXPECT_FALSE(ClientOptions::parse("tikv://pd:2379?atomic=false").value().atomic);
  EXPECT_EQ(ClientOptions::parse("tikv://pd:2379").value().api_version, ApiVersion::v1);
  EXPECT_FALSE(ClientOptions::parse("tikv://pd:2379?atomic=yes"));
  EXPECT_FALSE(ClientOptions::parse("tikv://pd:2379?api_version=3"));
}

TEST(ClientOptions, AKeyspaceImpliesApiVersion2) {
  const auto options = ClientOptions::parse("tikv://pd:2379?keyspace=orders").value();
  EXPECT_EQ(options.keyspace, "orders");
  EXPECT_EQ(options.api_version, ApiVersion::v2);
  EXPECT_TRUE(ClientOptions::parse("tikv://pd:2379?keyspace=orders&api_version=2"));
  EXPECT_FALSE(ClientOptions::parse("tikv://pd:2379?api_version=1&keyspace=orders"));
  EXPECT_FALSE(ClientOptions::parse("tikv://pd:2379?keyspace="));
}

}  // namespace
}  // namespace tikv
