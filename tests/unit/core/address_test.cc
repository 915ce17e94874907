#include "core/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tikv::core {
namespace {

struct Good {
  const char* text;
  const char* host;
  std::uint16_t port;
};

TEST(AddressTest, UnderstandsHostAndPort) {
  for (const Good& good : {
           Good{"127.0.0.1:2379", "127.0.0.1", 2379},
           Good{"localhost:1", "localhost", 1},
           Good{"pd-0.pd_peer.ns.svc.cluster.local:65535", "pd-0.pd_peer.ns.svc.cluster.local", 65535},
           Good{"[::1]:2379", "::1", 2379},
           Good{"[fe80::1%eth0]:20160", "fe80::1%eth0", 20160},
           Good{"[::ffff:10.0.0.1]:7", "::ffff:10.0.0.1", 7},
           Good{"b\xc3\xbc"
                "cher.example:80",
                "b\xc3\xbc"
                "cher.example",
                80},
           Good{"host:00080", "host", 80},
       }) {
    const auto address = parse_address(good.text);
    ASSERT_TRUE(address) << good.text << ": " << address.error();
    EXPECT_EQ(*address, (Address{good.host, good.port})) << good.text;
  }
}

struct Bad {
  std::string text;
  const char* reason;
};

TEST(AddressTest, SaysWhatIsWrongAndWhatARightOneLooksLike) {
  for (const Bad& bad : {
           Bad{"", "it is empty"},
           Bad{"localhost", "the port is missing"},
           Bad{"localhost:", "the port is missing"},
           Bad{":2379", "the host is missing"},
           Bad{"localhost:http", "the port is not a number"},
           Bad{"localhost:-1", "the port is not a number"},
           Bad{"localhost: 1", "the port is not a number"},
           Bad{"localhost:0", "the port is not in 1..65535"},
           Bad{"localhost:65536", "the port is not in 1..65535"},
           Bad{"localhost:65537", "the port is not in 1..65535"},
           Bad{"localhost:67915", "the port is not in 1..65535"},  // 2379, if the upper bits were lost
           Bad{"localhost:4294969675", "the port is not in 1..65535"},
           Bad{"localhost:18446744073709553995", "the port is not in 1..65535"},
           Bad{"[::1]:67915", "the port is not in 1..65535"},
           Bad{"localhost:99999999999999999999", "the port is not in 1..65535"},
           Bad{"http://localhost:2379", "must not begin with 'http://'"},
           Bad{"localhost:2379/path", "the port is not a number"},
           Bad{"user@host:1", "a character that no host name has"},
           Bad{"a b:1", "a character that no host name has"},
           Bad{std::string("a\0b:1", 5), "a character that no host name has"},
           Bad{"a,b:1", "a character that no host name has"},
           Bad{"::1:2379", "an IPv6 address must stand in brackets"},
           Bad{"[::1:2379", "the bracket is not closed"},
           Bad{"[::1]", "the port is missing"},
           Bad{"[::1]2379", "a colon and the port must follow the bracket"},
           Bad{"[localhost]:1", "only an IPv6 address may stand in brackets"},
           Bad{"[]:1", "the host is missing"},
           Bad{"[::1 ]:1", "the brackets hold no IPv6 address"},
           Bad{std::string(256, 'a') + ":1", "longer than 255 bytes"},
       }) {
    const auto address = parse_address(bad.text);
    ASSERT_FALSE(address) << bad.text;
    EXPECT_EQ(address.error().kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(address.error().message(), testing::HasSubstr(bad.reason)) << bad.text;
    EXPECT_THAT(address.error().message(), testing::HasSubstr("127.0.0.1:2379")) << bad.text;
  }
}

TEST(AddressTest, ErrorsStayOnOneShortLine) {
  const auto address = parse_address(std::string(10'000, '\n'));
  ASSERT_FALSE(address);
  EXPECT_LT(address.error().message().size(), 400U);
  EXPECT_THAT(address.error().message(), testing::Not(testing::HasSubstr("\n")));
}

TEST(AddressTest, PrintsWhatItParsed) {
  for (const char* text : {"127.0.0.1:2379", "[::1]:2379", "pd:1"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address);
    EXPECT_EQ(to_string(*address), text);
  }
}

}  // namespace
}  // namespace tikv::core
