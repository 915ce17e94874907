#include "connection.h"

#include <gtest/gtest.h>

#include <map>

namespace tikv::cli {
namespace {

using std::chrono::seconds;

Environment environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
}

TEST(ConnectionTest, WithoutAnythingItIsThisMachine) {
  EXPECT_EQ(connection_options({}, environment({})).value().pd_addresses, std::vector<std::string>{"127.0.0.1:2379"});
}

TEST(ConnectionTest, FlagsWinOverTheUrlAndTheUrlOverTheEnvironment) {
  const Environment variables = environment({{"TIKV_PD", "e:1"}, {"TIKV_TIMEOUT", "1s"}, {"TIKV_API_VERSION", "1ttl"}});
  EXPECT_EQ(connection_options({}, variables).value().pd_addresses[0], "e:1");
  EXPECT_EQ(connection_options({}, variables).value().timeout, seconds(1));
  ConnectionFlags flags;
  flags.pd = "tikv://f:2?timeout=2s";
  EXPECT_EQ(connection_options(flags, variables).value().pd_addresses[0], "f:2");
  EXPECT_EQ(connection_options(flags, variables).value().timeout, seconds(2));
  EXPECT_EQ(connection_options(flags, variables).value().api_version, ApiVersion::v1ttl);
  flags.timeout = "3s";
  flags.atomic = true;
  EXPECT_EQ(connection_options(flags, variables).value().timeout, seconds(3));
  EXPECT_TRUE(connection_options(flags, variables).value().atomic);
}

TEST(ConnectionTest, PathsNeedNoEncoding) {
  ConnectionFlags flags;
  flags.pd = "a:1,b:2";
  flags.ca = "/a b/100%&.pem";
  flags.cert = "c.pem";
  flags.key = "k.pem";
  const ClientOptions options = connection_options(flags, environment({})).value();
  EXPECT_EQ(options.pd_addresses.size(), 2U);
  EXPECT_EQ(options.tls->ca, "/a b/100%&.pem");
  EXPECT_EQ(options.tls->key, "k.pem");
}

TEST(ConnectionTest, KeyspaceImpliesItsApiVersionAndAnotherOneIsAContradiction) {
  ConnectionFlags flags;
  EXPECT_EQ(connection_options(flags, environment({{"TIKV_KEYSPACE", "orders"}})).value().api_version, ApiVersion::v2);
  flags.keyspace = "orders";
  flags.api_version = "1";
  EXPECT_FALSE(connection_options(flags, environment({})));
}

TEST(ConnectionTest, BothLimitsOfTimeCanBeSaid) {
  ConnectionFlags flags;
  flags.timeout = "1min";
  flags.connect_timeout = "250ms";
  EXPECT_EQ(connection_options(flags, environment({})).value().timeout, std::chrono::minutes(1));
  EXPECT_EQ(connection_options(flags, environment({})).value().connect_timeout, std::chrono::milliseconds(250));
  const Environment variables = environment({{"TIKV_CONNECT_TIMEOUT", "7s"}});
  EXPECT_EQ(connection_options({}, variables).value().connect_timeout, seconds(7));
}

struct Wrong {
  const char* what;
  std::string ConnectionFlags::*flag;
  const char* text;
  const char* message;  ///< what it begins with
};

TEST(ConnectionTest, SlowCallsTellTheirStoryOnlyWhereAUrlAsksForIt) {
  EXPECT_EQ(connection_options({}, environment({}))->slow_operation, std::chrono::milliseconds::max());
  ConnectionFlags flags;
  flags.pd = "tikv://pd:1?slow_operation=3s";
  EXPECT_EQ(connection_options(flags, environment({}))->slow_operation, std::chrono::seconds(3));
}

TEST(ConnectionTest, ErrorsNameTheFlagThatIsWrong) {
  for (const Wrong& wrong :
       {Wrong{"a negative time", &ConnectionFlags::timeout, "-5s", "--timeout: '-5s' is no limit of time"},
        Wrong{"a number alone", &ConnectionFlags::connect_timeout, "5", "--connect-timeout: '5' is no limit"},
        Wrong{"a time that does not fit", &ConnectionFlags::timeout, "99999999999999999999s", "--timeout: '999"},
        Wrong{"no version", &ConnectionFlags::api_version, "3", "--api-version: there is no API version '3'"},
        Wrong{"a port that does not fit", &ConnectionFlags::pd, "pd:67915", "--pd: 'pd:67915' is not an address"},
        Wrong{"an unknown name", &ConnectionFlags::pd, "tikv://pd:1?tiemout=5s", "--pd: there is no option 'tiemout'"},
        Wrong{"half a pair", &ConnectionFlags::cert, "c.pem", "a certificate and its key go together: --cert and"}}) {
    ConnectionFlags flags;
    flags.*wrong.flag = wrong.text;
    const Result<ClientOptions> options = connection_options(flags, environment({}));
    ASSERT_FALSE(options) << wrong.what;
    EXPECT_EQ(options.error().kind(), ErrorKind::invalid_argument) << wrong.what;
    EXPECT_EQ(options.error().message().substr(0, std::string(wrong.message).size()), wrong.message) << wrong.what;
  }
  const auto from = [](const char* name, const char* value) {
    const Result<ClientOptions> options = connection_options({}, environment({{name, value}}));
    return options ? std::string("taken") : std::string(options.error().message());
  };
  EXPECT_TRUE(from("TIKV_TIMEOUT", "-5s").starts_with("TIKV_TIMEOUT: '-5s'"));
  EXPECT_TRUE(from("TIKV_PD", "pd:67915").starts_with("TIKV_PD: 'pd:67915'"));
}

}  // namespace
}  // namespace tikv::cli
