#include "core/fork.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tikv::core {
namespace {

TEST(ForkTest, OnlyTheChildCountsAndGrandchildrenCountOn) {
  const std::uint64_t before = fork_generation();
  const pid_t child = ::fork();
  if (child == 0) {
    if (fork_generation() != before + 1) ::_exit(1);
    const pid_t grandchild = ::fork();
    if (grandchild == 0) ::_exit(fork_generation() == before + 2 ? 0 : 2);
    int status = -1;
    ::waitpid(grandchild, &status, 0);
    ::_exit(WEXITSTATUS(status));
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(fork_generation(), before);
}

}  // namespace
}  // namespace tikv::core
