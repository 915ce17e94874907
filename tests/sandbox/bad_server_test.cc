// Servers that are not what the client was told, on real sockets.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "tikv/raw_client.h"

namespace tikv {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

/// Listens on a free port and gives every connection the same words, whatever it says.
class WordsServer {
 public:
  explicit WordsServer(std::string words) : words_(std::move(words)), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~WordsServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  void serve() {
    for (int connection = 0; (connection = accept(listener_, nullptr, nullptr)) >= 0;) {
      char bytes[4096];
      if (!words_.empty()) {
        (void)!read(connection, bytes, sizeof bytes);
        (void)!write(connection, words_.data(), words_.size());
      }
      while (read(connection, bytes, sizeof bytes) > 0) {
      }
      close(connection);
    }
  }

  std::string words_;
  int listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

Error connect_error(const std::string& address, milliseconds timeout) {
  ClientOptions options;
  options.pd_addresses = {address};
  options.connect_timeout = timeout;
  options.observer = silent_observer();
  return RawClient::connect(options).error();
}

TEST(BadServer, ThatSpeaksHttp1IsNamed) {
  const WordsServer server("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  const Error error = connect_error(server.address(), milliseconds(5000));
  EXPECT_EQ(error.kind(), ErrorKind::protocol_error) << error;
  EXPECT_THAT(error.message(), HasSubstr("HTTP/1.1"));
  EXPECT_THAT(error.message(), HasSubstr(server.address()));
}

TEST(BadServer, ThatSpeaksSomethingElseIsNamed) {
  const WordsServer server("SSH-2.0-OpenSSH_9.2\r\n");
  const Error error = connect_error(server.address(), milliseconds(5000));
  EXPECT_EQ(error.kind(), ErrorKind::protocol_error) << error;
  EXPECT_THAT(error.message(), HasSubstr("HTTP/2"));
}

TEST(BadServer, ThatSaysNothingIsAnErrorInTime) {
  const WordsServer server("");
  const auto begin = std::chrono::steady_clock::now();
  const Error error = connect_error(server.address(), milliseconds(400));
  EXPECT_EQ(error.kind(), ErrorKind::unavailable) << error;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(5000));
}

TEST(BadServer, NobodyListensIsAnErrorInTime) {
  std::string address;
  { address = WordsServer("").address(); }
  const Error error = connect_error(address, milliseconds(400));
  EXPECT_EQ(error.kind(), ErrorKind::unavailable) << error;
  EXPECT_THAT(error.message(), HasSubstr("refused"));
  EXPECT_TRUE(error.retryable());
}

}  // namespace
}  // namespace tikv
