#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/wait.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/thread_loop.h"
#include "rpc/asio_connector.h"
#include "rpc/asio_poller.h"
#include "support/net/listener.h"

namespace tikv::rpc {
namespace {

using testing::HasSubstr;
using testing_support::Descriptor;
using testing_support::Listener;
using Progress = ByteStream::Progress;

/// A stream and what it told us. Everything of it is used on the loop.
struct Talk final : ByteStream::Handler {
  void on_connected() override {
    ++connected;
    if (then) then();
  }
  void on_readable() override {
    ++readable;
    if (then) then();
  }
  void on_writable() override {
    ++writable;
    if (then) then();
  }
  void on_connect_failed(std::string reason) override {
    failure = std::move(reason);
    if (then) then();
  }

  // Reads until nothing is left; the end, if it came.
  void drain() {
    std::array<char, 4096> buffer;
    for (;;) {
      last = stream->read(buffer);
      if (last.progress != Progress::moved) return;
      received.append(buffer.data(), last.bytes);
    }
  }

  std::unique_ptr<ByteStream> stream;
  std::function<void()> then;
  int connected = 0;
  int readable = 0;
  int writable = 0;
  std::string failure;
  std::string received;
  ByteStream::Outcome last;
};

class AsioStreamTest : public testing::Test {
 protected:
  AsioStreamTest() {
    auto poller = std::make_unique<AsioPoller>();
    const AsioPoller& sockets = *poller;
    loop_ = std::make_unique<core::ThreadLoop>(std::move(poller));
    connector_ = std::make_unique<AsioConnector>(*loop_, sockets);
  }
  ~AsioStreamTest() override {
    on_loop([&] { talk_.stream.reset(); });
  }

  void on_loop(const std::function<void()>& work) {
    bool ran = false;
    const auto all = [&] {
      work();
      ran = true;
    };
    ASSERT_TRUE(loop_->post_and_run_until(all, [&] { return ran; }));
  }
  void wait(const std::function<bool()>& done) { ASSERT_TRUE(loop_->run_until(done)); }

  void start(const std::string& address) {
    on_loop([&] {
      talk_.connected = 0;
      talk_.failure.clear();
      talk_.stream = connector_->connect(address);
      talk_.stream->start(talk_);
      EXPECT_EQ(talk_.connected, 0);
      EXPECT_EQ(talk_.failure, "");
    });
  }
  Descriptor connect(const Listener& listener) {
    start(listener.address());
    Descriptor peer = listener.accept();
    wait([&] { return talk_.connected == 1; });
    return peer;
  }
  // Like an owner: reads in each `on_readable`.
  void read_always() {
    on_loop([&] {
      talk_.then = [this] {
        if (talk_.stream) talk_.drain();
      };
      talk_.drain();
    });
  }

  std::unique_ptr<core::ThreadLoop> loop_;
  std::unique_ptr<AsioConnector> connector_;
  Talk talk_;
};

TEST_F(AsioStreamTest, CarriesBytesBothWays) {
  Listener listener;
  const Descriptor peer = connect(listener);
  on_loop([&] {
    const auto outcome = talk_.stream->write(std::string_view("ping"));
    EXPECT_EQ(outcome.progress, Progress::moved);
    EXPECT_EQ(outcome.bytes, 4U);
    EXPECT_EQ(talk_.stream->bytes_released(), 4U);
  });
  std::array<char, 16> buffer{};
  ASSERT_EQ(::recv(peer.get(), buffer.data(), 4, MSG_WAITALL), 4);
  EXPECT_STREQ(buffer.data(), "ping");
  read_always();
  ASSERT_EQ(::send(peer.get(), "pong", 4, MSG_NOSIGNAL), 4);
  wait([&] { return talk_.received == "pong"; });
  ASSERT_EQ(::send(peer.get(), "again", 5, MSG_NOSIGNAL), 5);
  wait([&] { return talk_.received == "pongagain"; });
}

/// The port of one end of a socket; 0 if the descriptor is none.
template <class GetName>
std::uint16_t port_of(int descriptor, GetName get_name) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (get_name(descriptor, static_cast<sockaddr*>(static_cast<void*>(&address)), &size) != 0) return 0;
  return address.sin_family == AF_INET ? ntohs(address.sin_port) : std::uint16_t{0};
}

TEST_F(AsioStreamTest, TheKernelWatchesOverIdleAndUnacknowledgedConnections) {
  Listener listener;
  const Descriptor peer = connect(listener);
  const std::uint16_t ours = port_of(peer.get(), ::getpeername);
  int checked = 0;
  for (int descriptor = 0; descriptor < 1024; ++descriptor) {
    if (port_of(descriptor, ::getsockname) != ours) continue;
    ++checked;
    const auto option = [descriptor](int level, int name) {
      int value = 0;
      socklen_t size = sizeof value;
      return ::getsockopt(descriptor, level, name, &value, &size) == 0 ? value : -1;
    };
    EXPECT_EQ(option(SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPIDLE), 20);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPINTVL), 5);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_USER_TIMEOUT), 15'000);
  }
  EXPECT_EQ(checked, 1);
}

TEST_F(AsioStreamTest, IsToldReadableOnceUntilAReadFoundNothing) {
  Listener listener;
  const Descriptor peer = connect(listener);
  ASSERT_EQ(::send(peer.get(), "a", 1, MSG_NOSIGNAL), 1);
  wait([&] { return talk_.readable == 1; });
  ASSERT_EQ(::send(peer.get(), "b", 1, MSG_NOSIGNAL), 1);
  for (int turn = 0; turn < 10; ++turn) on_loop([] {});
  on_loop([&] {
    EXPECT_EQ(talk_.readable, 1);
    talk_.drain();
    EXPECT_EQ(talk_.last.progress, Progress::would_block);
  });
  wait([&] {
    if (talk_.readable == 2 && talk_.received.size() < 2) talk_.drain();
    return talk_.received == "ab";
  });
}

TEST_F(AsioStreamTest, ABusyPeerMakesTheWriterWaitAndNoByteIsLost) {
  Listener listener;
  const Descriptor peer = connect(listener);
  std::string sent(8 << 20, '\0');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 2654435761U >> 13);
  std::size_t offered = 0;
  bool blocked = false;
  const auto push = [&] {
    while (offered < sent.size()) {
      const auto outcome = talk_.stream->write(std::string_view(sent).substr(offered));
      if (outcome.progress != Progress::moved) {
        EXPECT_EQ(outcome.progress, Progress::would_block);
        blocked = true;
        return;
      }
      offered += outcome.bytes;
    }
  };
  on_loop([&] {
    talk_.then = push;
    push();
    EXPECT_TRUE(blocked);
  });
  std::string got(sent.size(), '\0');
  std::thread reader([&] {
    std::size_t done = 0;
    while (done < got.size()) {
      const ssize_t count = ::recv(peer.get(), got.data() + done, got.size() - done, 0);
      if (count <= 0) return;
      done += static_cast<std::size_t>(count);
    }
  });
  wait([&] { return offered == sent.size(); });
  reader.join();
  EXPECT_TRUE(got == sent);
  on_loop([&] {
    talk_.then = nullptr;
    EXPECT_GT(talk_.writable, 0);
    EXPECT_EQ(talk_.stream->bytes_released(), sent.size());
  });
}

TEST_F(AsioStreamTest, TellsWhenThePeerClosed) {
  Listener listener;
  Descriptor peer = connect(listener);
  read_always();
  ASSERT_EQ(::send(peer.get(), "last", 4, MSG_NOSIGNAL), 4);
  peer.close();
  wait([&] { return talk_.last.progress == Progress::closed; });
  EXPECT_EQ(talk_.received, "last");
}

TEST_F(AsioStreamTest, TellsWhenThePeerReset) {
  Listener listener;
  Descriptor peer = connect(listener);
  read_always();
  const linger at_once{1, 0};
  ASSERT_EQ(::setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
  peer.close();
  wait([&] { return talk_.last.progress == Progress::failed; });
  EXPECT_EQ(talk_.last.reason, "Connection reset by peer");
  on_loop([&] {  // raises no SIGPIPE
    const auto outcome = talk_.stream->write(std::string_view("x"));
    EXPECT_EQ(outcome.progress, Progress::failed);
    EXPECT_EQ(outcome.reason, "Broken pipe");
  });
}

TEST_F(AsioStreamTest, ARefusedConnectionNamesTheAddress) {
  Listener listener(Listener::Mode::refusing);
  start(listener.address());
  wait([&] { return !talk_.failure.empty(); });
  EXPECT_EQ(talk_.failure, "connect to " + listener.address() + ": Connection refused");
  EXPECT_EQ(talk_.connected, 0);
}

TEST_F(AsioStreamTest, AMalformedAddressFailsLater) {
  start("127.0.0.1");
  wait([&] { return !talk_.failure.empty(); });
  EXPECT_THAT(talk_.failure, HasSubstr("the port is missing"));
}

TEST_F(AsioStreamTest, AnUnknownNameSaysSo) {
  const std::string name(64, 'x');  // longer than a label may be: no name server is asked
  start(name + ":2379");
  wait([&] { return !talk_.failure.empty(); });
  EXPECT_THAT(talk_.failure, HasSubstr("connect to " + name + ":2379: "));
  EXPECT_GT(talk_.failure.size(), name.size() + 20);
}

TEST_F(AsioStreamTest, TriesTheAddressesOfANameUntilOneAnswers) {
  Listener listener;  // 127.0.0.1 alone; the name may stand for ::1 as well, and first
  start("localhost:" + std::to_string(listener.port()));
  const Descriptor peer = listener.accept();
  wait([&] { return talk_.connected == 1; });
  EXPECT_EQ(talk_.failure, "");
}

TEST_F(AsioStreamTest, MayBeDestroyedInWhateverItTells) {
  Listener listener;
  Listener refusing(Listener::Mode::refusing);
  talk_.then = [&] { talk_.stream.reset(); };
  start(listener.address());  // in on_connected
  wait([&] { return talk_.connected == 1; });
  start(refusing.address());  // in on_connect_failed
  wait([&] { return !talk_.failure.empty(); });
  start("nonsense");
  wait([&] { return !talk_.failure.empty(); });

  on_loop([&] { talk_.then = nullptr; });
  Listener other;
  const Descriptor peer = connect(other);
  on_loop([&] { talk_.then = [&] { talk_.stream.reset(); }; });
  ASSERT_EQ(::send(peer.get(), "x", 1, MSG_NOSIGNAL), 1);  // in on_readable
  wait([&] { return talk_.stream == nullptr; });
}

TEST_F(AsioStreamTest, NothingIsToldAfterItWasDestroyed) {
  Listener listener;
  for (const std::string& address :
       {listener.address(), "localhost:" + std::to_string(listener.port()), std::string("x")}) {
    on_loop([&] {
      talk_.stream = connector_->connect(address);
      talk_.stream->start(talk_);
      talk_.stream.reset();
    });
    for (int turn = 0; turn < 10; ++turn) on_loop([] {});
    on_loop([&] {
      EXPECT_EQ(talk_.connected, 0);
      EXPECT_EQ(talk_.failure, "");
    });
  }
}

TEST_F(AsioStreamTest, ALoopMayStopWhileANameIsLookedUp) {
  for (int round = 0; round < 20; ++round) {
    auto poller = std::make_unique<AsioPoller>();
    AsioPoller& sockets = *poller;
    core::ThreadLoop loop(std::move(poller));
    AsioConnector connector(loop, sockets);
    Talk talk;
    bool started = false;
    loop.post_and_run_until(
        [&] {
          talk.stream = connector.connect("localhost:1");
          talk.stream->start(talk);
          started = true;
        },
        [&] { return started; });
    loop.stop();
    talk.stream.reset();
  }
}

TEST_F(AsioStreamTest, ProgramsThatAreStartedInheritNothing) {
  Listener listener;
  const Descriptor peer = connect(listener);
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int descriptor = std::stoi(entry.path().filename().string());
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (gone || (!target.starts_with("socket:") && !target.starts_with("anon_inode:"))) continue;
    ++seen;
    EXPECT_NE(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0) << descriptor << ' ' << target;
  }
  EXPECT_GE(seen, 4);
}

TEST_F(AsioStreamTest, WhatAForkedChildDestroysStaysWithTheParent) {
  Listener listener;
  const Descriptor peer = connect(listener);
  read_always();
  const pid_t child = ::fork();
  if (child == 0) {
    bool answered = loop_->run_until([] { return true; });
    loop_->post([] {});
    talk_.stream.reset();
    connector_.reset();
    loop_.reset();
    ::_exit(answered ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  ASSERT_EQ(::send(peer.get(), "still here", 10, MSG_NOSIGNAL), 10);
  wait([&] { return talk_.received == "still here"; });
}

}  // namespace
}  // namespace tikv::rpc
