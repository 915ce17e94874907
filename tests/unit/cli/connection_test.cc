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

}  // namespace
}  // namespace tikv::cli
