#include "support/net/forwarding_proxy.h"

#include <fcntl.h>
#include <poll.h>

#include <array>
#include <utility>

namespace tikv::testing_support {
namespace {

constexpr int milliseconds_per_look = 5;

Descriptor connect_to(const std::string& target) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(target.substr(target.rfind(':') + 1))));
  auto* generic = static_cast<sockaddr*>(static_cast<void*>(&address));
  if (::connect(socket.get(), generic, sizeof address) != 0) socket.close();
  return socket;
}

/// False once the side that is read from, or the other one, has ended.
bool carry_one_way(int from, int to, std::string& held) {
  std::array<char, 16384> buffer;
  while (held.size() < buffer.size()) {
    const ssize_t count = ::recv(from, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count == 0) return false;
    if (count < 0) break;
    held.append(buffer.data(), static_cast<std::size_t>(count));
  }
  if (held.empty()) return true;
  const ssize_t count = ::send(to, held.data(), held.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count > 0) held.erase(0, static_cast<std::size_t>(count));
  return count >= 0 || errno == EAGAIN || errno == EWOULDBLOCK;
}

}  // namespace

ForwardingProxy::ForwardingProxy(std::string target) : target_(std::move(target)), thread_([this] { run(); }) {}

ForwardingProxy::~ForwardingProxy() {
  ending_ = true;
  thread_.join();
}

void ForwardingProxy::take() {
  auto pair = std::make_unique<Pair>();
  pair->client = listener_.accept();
  if (pair->client.get() < 0) return;
  ++taken_;
  pair->server = connect_to(target_);
  if (pair->server.get() < 0) return;
  pair->generation = generation_;
  pairs_.push_back(std::move(pair));
}

void ForwardingProxy::carry(Pair& pair) const {
  pair.over = !carry_one_way(pair.client.get(), pair.server.get(), pair.to_server) ||
              !carry_one_way(pair.server.get(), pair.client.get(), pair.to_client);
}

void ForwardingProxy::run() {
  while (!ending_) {
    std::vector<pollfd> watched;
    watched.push_back({listener_.descriptor(), POLLIN, 0});
    for (const auto& pair : pairs_) {
      if (frozen_ || pair->generation != generation_) continue;
      watched.push_back({pair->client.get(), POLLIN, 0});
      watched.push_back({pair->server.get(), POLLIN, 0});
    }
    ::poll(watched.data(), watched.size(), milliseconds_per_look);
    if ((watched.front().revents & POLLIN) != 0) take();
    for (const auto& pair : pairs_) {
      if (!frozen_ && pair->generation == generation_) carry(*pair);
    }
    std::erase_if(pairs_, [](const auto& pair) { return pair->over; });
  }
}

}  // namespace tikv::testing_support
