#include <dirent.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

#include "sandbox/running_sandbox.h"
#include "tikv/raw_client.h"

namespace tikv {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

/// While it lives, this process can open `spare` descriptors more and then none.
class FewDescriptors {
 public:
  explicit FewDescriptors(int spare) {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = 256;
    setrlimit(RLIMIT_NOFILE, &few);
    for (int taken = 0; (taken = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) taken_.push_back(taken);
    for (; spare > 0; --spare) give_back();
  }
  ~FewDescriptors() {
    while (!taken_.empty()) give_back();
    setrlimit(RLIMIT_NOFILE, &before_);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;

 private:
  void give_back() {
    close(taken_.back());
    taken_.pop_back();
  }
  rlimit before_{};
  std::vector<int> taken_;
};

class DescriptorsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { sandbox = new test::RunningSandbox(); }
  static void TearDownTestSuite() { delete std::exchange(sandbox, nullptr); }
  void SetUp() override { ASSERT_FALSE(sandbox->pd().empty()) << "the sandbox did not get ready"; }

  static ClientOptions options(milliseconds timeout) {
    ClientOptions result;
    result.pd_addresses = {sandbox->pd()};
    result.connect_timeout = timeout;
    result.timeout = timeout;
    return result;
  }
  static test::RunningSandbox* sandbox;
};
test::RunningSandbox* DescriptorsTest::sandbox = nullptr;

TEST_F(DescriptorsTest, WithoutAnyConnectIsAnErrorThatNamesTheLimit) {
  for (int spare = 0; spare < 12; ++spare) {
    SCOPED_TRACE(spare);
    const FewDescriptors few(spare);
    const Result<RawClient> client = RawClient::connect(options(milliseconds(150)));
    if (client) {
      EXPECT_GT(spare, 3) << "epoll, its timer, its wake-up and a socket";
      return;
    }
    EXPECT_THAT(client.error().message(), HasSubstr("ulimit -n"));
  }
  FAIL() << "a client needs more than a dozen descriptors";
}

TEST_F(DescriptorsTest, TheToolSaysWhatItHasRunOutOf) {
  const std::string tool = std::string(TIKV_PROGRAMS) + "/tikv-cli";
  for (int limit = 4; limit < 24; ++limit) {
    SCOPED_TRACE(limit);
    // The shell wants a descriptor for itself to redirect: it does so while there are some.
    const std::string command = "exec 2>&1; ulimit -n " + std::to_string(limit) + "; exec " + tool + " --pd " +
                                sandbox->pd() + " --timeout 150ms raw get key";
    const test::Ended ended = test::run_to_end({"/bin/sh", "-c", command});
    if (ended.output.find("loading shared libraries") != std::string::npos) continue;  // it has not begun yet
    EXPECT_LT(ended.code, 126) << ended.output;  // neither a signal nor a program that does not start
    if (ended.output.find("ulimit -n") != std::string::npos) return;
  }
  FAIL() << "it has never run out of descriptors";
}

TEST_F(DescriptorsTest, ACallThatNeedsOneIsAnErrorAndTheClientWorksWhenThereAreSomeAgain) {
  const RawClient client = RawClient::connect(options(seconds(5))).value();
  {
    const FewDescriptors few(0);
    const auto got = client.get("key", {.timeout = milliseconds(300)});  // no connection to a store yet
    ASSERT_FALSE(got);
    EXPECT_THAT(got.error().message(), HasSubstr("ulimit -n"));
    EXPECT_FALSE(client.put("key", "value", {.timeout = milliseconds(300)}));
  }
  EXPECT_TRUE(client.put("key", "value"));
  EXPECT_EQ(client.get("key").value(), "value");
}

}  // namespace
}  // namespace tikv
