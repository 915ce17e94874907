// URLs that nobody meant: whatever comes, the answer is options that can be used, or an error that
// says what is wrong.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tikv/options.h"

namespace tikv {
namespace {

using ::testing::HasSubstr;

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed * 2 + 1) {}
  std::size_t below(std::size_t bound) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<std::size_t>(state_ % bound);
  }

 private:
  std::uint64_t state_;
};

/// Cuts, doubles, swaps in pieces of other URLs, and single bytes.
std::string mutated(std::string url, const std::vector<std::string>& others, Chance& chance) {
  static constexpr std::string_view bytes("?&=%,:/[]@#. 0123456789aZ\0\n\xff", 29);
  for (std::size_t times = 1 + chance.below(4); times > 0; --times) {
    const std::size_t at = chance.below(url.size() + 1);
    switch (chance.below(5)) {
      case 0:
        url.erase(at, chance.below(6));
        break;
      case 1:
        url.insert(at, 1, bytes[chance.below(bytes.size())]);
        break;
      case 2:
        url.insert(at, url.substr(chance.below(url.size() + 1), chance.below(20)));
        break;
      case 3: {
        const std::string& other = others[chance.below(others.size())];
        url.insert(at, other.substr(chance.below(other.size()), chance.below(20)));
        break;
      }
      default:
        if (at < url.size()) url[at] = bytes[chance.below(bytes.size())];
    }
  }
  return url;
}

TEST(UrlMutation, GivesUsableOptionsOrSaysWhatIsWrong) {
  const std::vector<std::string> good = {
      "127.0.0.1:2379",
      "pd1:2379,[::1]:2380",
      "tikv://pd1:2379/?timeout=5s&connect_timeout=250ms",
      "tikv://pd1:2379,pd2:2379?ca=%2Fetc%2Fca.pem&cert=c.pem&key=k.pem&cluster_id=7&max_answer_size=16MiB",
  };
  Chance chance(7);
  std::size_t usable = 0;
  std::size_t refused = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string url = mutated(good[chance.below(good.size())], good, chance);
    const Result<ClientOptions> parsed = ClientOptions::parse(url);
    if (!parsed) {
      ++refused;
      ASSERT_EQ(parsed.error().kind(), ErrorKind::invalid_argument) << url;
      ASSERT_FALSE(parsed.error().message().empty()) << url;
      for (const char c : parsed.error().message()) ASSERT_FALSE(c == '\n' || c == '\0') << url;
      continue;
    }
    ++usable;
    ASSERT_FALSE(parsed->pd_addresses.empty()) << url;
    for (const std::string& address : parsed->pd_addresses) {
      ASSERT_THAT(address, HasSubstr(":")) << url;
      ASSERT_EQ(address.find_first_of(",?/"), std::string::npos) << url;
    }
    ASSERT_GT(parsed->timeout.count(), 0) << url;
    ASSERT_GT(parsed->connect_timeout.count(), 0) << url;
    const TlsFiles files = parsed->tls.value_or(TlsFiles());
    ASSERT_EQ(files.certificate.empty(), files.key.empty()) << url;
  }
  EXPECT_GT(usable, 250U);
  EXPECT_GT(refused, 2000U);
}

}  // namespace
}  // namespace tikv
