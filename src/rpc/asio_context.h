#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>

namespace tikv::rpc {

/// Asio, as our sockets, their poller and the threads that look names up share it. The only header
/// of the project that includes Asio.
struct AsioContext {
  asio::io_context io{1};  // run by one thread at a time
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(io);
};

}  // namespace tikv::rpc
