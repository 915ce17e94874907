#include <stdexcept>
#include <utility>

#include "api/client_core.h"
#include "core/address.h"
#include "core/thread_loop.h"
#include "rpc/asio_connector.h"
#include "rpc/asio_poller.h"
#include "rpc/grpc_transport.h"
#include "rpc/tls_connector.h"

namespace tikv {
inline namespace v0 {
namespace detail {

namespace {

rpc::TransportOptions transport_options(const ClientOptions& options) {
  rpc::TransportOptions result;
  result.max_answer_size = options.max_answer_size;
  result.max_bytes_in_flight = options.max_bytes_in_flight;
  result.bulk_threshold = options.bulk_threshold;
  return result;
}

rpc::TlsOptions tls_options(const TlsFiles& files) {
  rpc::TlsOptions result;
  result.ca_file = files.ca;
  result.certificate_file = files.certificate;
  result.key_file = files.key;
  return result;
}

Result<void> check(const ClientOptions& options) {
  if (options.pd_addresses.empty()) {
    return Error(ErrorKind::invalid_argument, "no address of PD is given; name at least one, such as 127.0.0.1:2379");
  }
  for (const std::string& address : options.pd_addresses) {
    if (Result<core::Address> parsed = core::parse_address(address); !parsed) return parsed.error();
  }
  if (options.timeout.count() <= 0 || options.connect_timeout.count() <= 0) {
    return Error(ErrorKind::invalid_argument, "timeout and connect_timeout must be positive");
  }
  if (options.max_parallel_regions == 0) {
    return Error(ErrorKind::invalid_argument, "max_parallel_regions must be at least 1");
  }
  if (options.max_batch_size == 0) {
    return Error(ErrorKind::invalid_argument,
                 "max_batch_size must be at least 1; streams_per_store = 0 sends every request by itself");
  }
  return {};
}

}  // namespace

Result<World> make_world(const ClientOptions& options) {
  if (Result<void> fine = check(options); !fine) return fine.error();
  try {
    World world;
    auto poller = std::make_unique<rpc::AsioPoller>();
    const rpc::AsioPoller& sockets = *poller;
    auto loop = std::make_unique<core::ThreadLoop>(std::move(poller));
    world.connector = std::make_unique<rpc::AsioConnector>(*loop, sockets);
    if (options.tls) {
      auto secure = rpc::TlsConnector::make(std::move(world.connector), tls_options(*options.tls), *loop,
                                            options.observer ? options.observer : stderr_observer());
      if (!secure) return secure.error();
      world.connector = *std::move(secure);
    }
    world.transport = rpc::make_grpc_transport(*loop, *world.connector, transport_options(options));
    world.stop_loop = [running = loop.get()] { running->stop(); };
    world.loop = std::move(loop);
    return world;
  } catch (const std::runtime_error& failure) {  // of the system: epoll, threads, random numbers
    return Error(ErrorKind::resource_exhausted,
                 std::string("cannot start a client: ") + failure.what() +
                     "; the process has probably reached its limit of descriptors (ulimit -n) or threads (ulimit -u)");
  }
}

}  // namespace detail
}  // namespace v0
}  // namespace tikv
