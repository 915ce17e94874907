#include "rpc/asio_poller.h"

#include <gtest/gtest.h>

#include <system_error>

#include "support/no_descriptors.h"

namespace tikv::rpc {
namespace {

#ifdef TIKV_CAN_RUN_OUT_OF_DESCRIPTORS

// Not with the first connection, which is made in the middle of a call.
TEST(AsioPollerTest, ThatThereAreNoDescriptorsIsSaidWhenItIsMade) {
  const test::NoDescriptors none;
  EXPECT_THROW(const AsioPoller poller, std::system_error);
}

#endif

}  // namespace
}  // namespace tikv::rpc
