#include "rpc/asio_resolve.h"

#include <netdb.h>
#include <pthread.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include "rpc/system_words.h"

namespace tikv::rpc {
namespace {

std::string failure_words(int code, int system_error) {
  if (code == EAI_SYSTEM) return system_words(system_error);
  return gai_strerror(code);
}

Resolved look_up(const core::Address& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  Resolved resolved;
  if (code != 0) {
    resolved.failure = failure_words(code, errno);
    return resolved;
  }
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    asio::ip::tcp::endpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
    endpoint.resize(entry->ai_addrlen);
    resolved.endpoints.push_back(endpoint);
  }
  freeaddrinfo(found);
  if (resolved.endpoints.empty()) resolved.failure = "the name has no address";
  return resolved;
}

void answer(const std::shared_ptr<AsioContext>& context, std::function<void(Resolved)> done, Resolved resolved) {
  asio::post(context->io,
             [done = std::move(done), resolved = std::move(resolved)]() mutable { done(std::move(resolved)); });
}

}  // namespace

void resolve(const std::shared_ptr<AsioContext>& context, const core::Address& address,
             std::function<void(Resolved)> done) {
  std::error_code not_numeric;
  const auto numeric = asio::ip::make_address(address.host, not_numeric);
  if (!not_numeric) {
    answer(context, std::move(done), {{{numeric, address.port}}, ""});
    return;
  }
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // inherited by the thread
  try {
    std::thread([context, address, done]() mutable { answer(context, std::move(done), look_up(address)); }).detach();
  } catch (const std::system_error& error) {
    answer(context, std::move(done), {{}, std::string("no thread to look the name up: ") + error.what()});
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace tikv::rpc
