#include "rpc/asio_poller.h"

#include <algorithm>
#include <new>
#include <utility>

#include "core/fork.h"
#include "rpc/asio_context.h"
#include "tikv/error.h"

namespace tikv::rpc {

AsioPoller::AsioPoller() : context_(std::make_shared<AsioContext>()), fork_generation_(core::fork_generation()) {
  // Asio makes its epoll set with the first socket, closed or not, and throws if it cannot. Better here than
  // in the middle of a call.
  const asio::ip::tcp::socket first(context_->io);
}

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

// Somebody was promised that his work will run.
void AsioPoller::wake() try {
  asio::post(context_->io, [] {});
} catch (const std::bad_alloc&) {
  detail::end_out_of_memory();
}

}  // namespace tikv::rpc
