#include "rpc/asio_poller.h"

#include <algorithm>
#include <utility>

#include "core/fork.h"
#include "rpc/asio_context.h"

namespace tikv::rpc {

AsioPoller::AsioPoller() : context_(std::make_shared<AsioContext>()), fork_generation_(core::fork_generation()) {}

AsioPoller::~AsioPoller() {
  // Its end would take the parent's sockets out of the epoll set, which a forked child shares.
  if (fork_generation_ != core::fork_generation()) core::leave_to_parent(std::move(context_));
}

// One handler at a time: Asio keeps what else is ready and gives it out in the next turns without
// asking the system again, and what is posted meanwhile gets its turn in between.
void AsioPoller::poll(core::Duration most) {
  if (most <= core::Duration{0}) {
    context_->io.poll_one();
  } else if (most == core::Duration::max()) {
    context_->io.run_one();
  } else {
    context_->io.run_one_for(std::min<core::Duration>(most, std::chrono::hours(1)));
  }
}

void AsioPoller::wake() {
  asio::post(context_->io, [] {});
}

}  // namespace tikv::rpc
