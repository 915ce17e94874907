#include "reference/http_call.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>

namespace tikv::test {

namespace {

class Socket {
 public:
  Socket() : number_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{10, 0};
    ::setsockopt(number_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(number_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }
  ~Socket() { ::close(number_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  [[nodiscard]] bool connect(const std::string& address) const {
    const std::size_t colon = address.rfind(':');
    if (colon == std::string::npos) return false;
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(address.c_str() + colon + 1)));
    if (::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) != 1) return false;
    return ::connect(number_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }

  [[nodiscard]] bool send(const std::string& text) const {
    return ::send(number_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }

  [[nodiscard]] std::string receive_all() const {
    std::string text;
    char bytes[4096];
    for (ssize_t count = 0; (count = ::recv(number_, bytes, sizeof bytes, 0)) > 0;) {
      text.append(bytes, static_cast<std::size_t>(count));
    }
    return text;
  }

 private:
  int number_;
};

}  // namespace

HttpAnswer http_call(const std::string& address, const std::string& method, const std::string& path,
                     const std::string& body) {
  const Socket socket;
  if (!socket.connect(address)) return {};
  // HTTP/1.0: the answer ends with the connection and is not in chunks.
  const std::string head = method + " " + path + " HTTP/1.0\r\nHost: " + address +
                           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  if (!socket.send(head + body)) return {};
  const std::string text = socket.receive_all();
  const std::size_t end = text.find("\r\n\r\n");
  const std::size_t status = text.find(' ');
  if (!text.starts_with("HTTP/") || end == std::string::npos || status > end) return {};
  return {std::atoi(text.c_str() + status), text.substr(end + 4)};
}

}  // namespace tikv::test
