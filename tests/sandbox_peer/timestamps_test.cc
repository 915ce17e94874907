// Timestamps never go back, not even over a kill of the sandbox that gave them.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

#include "judge/pdpb.pb.h"
#include "sandbox/running_sandbox.h"
#include "sandbox_peer/peer.h"

namespace tikv::test {
namespace {

namespace pdpb = judge::pdpb;

constexpr std::uint32_t most_at_once = (1U << 18) - 1;

class Timestamps : public ::testing::Test {
 protected:
  Timestamps() : folder(std::filesystem::temp_directory_path() / ("tikv-sandbox-time-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(folder);
  }
  ~Timestamps() override { std::filesystem::remove_all(folder); }

  [[nodiscard]] std::unique_ptr<RunningSandbox> start() const {
    return std::make_unique<RunningSandbox>(std::vector<std::string>{"--data-dir", folder.string(), "--quiet"});
  }
  /// The last timestamp of so many requests, each for all of a millisecond.
  static std::int64_t last_of(const RunningSandbox& sandbox, int requests) {
    Peer pd(sandbox.pd());
    pdpb::GetMembersResponse members;
    EXPECT_TRUE(pd.call("/pdpb.PD/GetMembers", pdpb::GetMembersRequest(), members).ok());
    Peer::Stream stream(pd, "/pdpb.PD/Tso");
    pdpb::TsoRequest request;
    request.mutable_header()->set_cluster_id(members.header().cluster_id());
    request.set_count(most_at_once);
    pdpb::TsoResponse response;
    for (int i = 0; i < requests; ++i) {
      if (!stream.write(request) || !stream.read(response)) {
        ADD_FAILURE() << "no timestamp";
        return 0;
      }
    }
    return response.timestamp().physical();
  }

  std::filesystem::path folder;
};

TEST_F(Timestamps, GoOnAfterTheLastOneThatAKilledSandboxGave) {
  auto sandbox = start();
  ASSERT_FALSE(sandbox->pd().empty());
  // Faster than the clock, unless this machine is very busy: the time of day does not tell what they were.
  const std::int64_t before = last_of(*sandbox, 5'000);
  sandbox->process().signal(SIGKILL);
  sandbox->process().wait();
  sandbox = start();
  ASSERT_FALSE(sandbox->pd().empty());
  EXPECT_GT(last_of(*sandbox, 1), before);
}

}  // namespace
}  // namespace tikv::test
