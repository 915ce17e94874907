#include "rpc/tls_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "rpc/tls_connector.h"
#include "support/net/certificates.h"
#include "support/net/tls_peer.h"
#include "support/rpc/sim_byte_stream.h"

namespace tikv::rpc {
namespace {

using testing::HasSubstr;
using testing_support::Certificates;
using testing_support::TlsPeer;
using testing_support::TlsPeerRules;
using Progress = ByteStream::Progress;

constexpr const char* address = "pd.test:2379";

/// Speaks first and not TLS.
class PlainPeer final : public sim::SimPeer {
 public:
  PlainPeer(sim::SimLink& link, std::string words) : link_(link), words_(std::move(words)) {}
  void on_bytes(std::string_view) override { link_.answer(words_); }

 private:
  sim::SimLink& link_;
  std::string words_;
};

/// Reads and writes as a connection does.
class Owner final : public ByteStream::Handler {
 public:
  explicit Owner(std::unique_ptr<ByteStream> stream) : stream_(std::move(stream)) { stream_->start(*this); }

  void on_connected() override {
    connected = true;
    push();
    if (drops_when_connected) stream_.reset();
  }
  void on_readable() override {
    std::array<char, 1000> buffer;
    for (;;) {
      last = stream_->read(buffer);
      if (last.progress != Progress::moved) return;
      received.append(buffer.data(), last.bytes);
    }
  }
  void on_writable() override { push(); }
  void on_connect_failed(std::string reason) override { failure = std::move(reason); }

  void send(const std::string& bytes) {
    to_send_ += bytes;
    push();
  }
  [[nodiscard]] ByteStream& stream() { return *stream_; }
  [[nodiscard]] std::size_t unsent() const { return to_send_.size(); }

  bool connected = false;
  bool drops_when_connected = false;
  std::string failure;
  std::string received;
  ByteStream::Outcome last;
  ByteStream::Outcome last_write;

 private:
  void push() {
    while (connected && !to_send_.empty()) {
      last_write = stream_->write(to_send_);
      if (last_write.progress != Progress::moved) return;
      to_send_.erase(0, last_write.bytes);
    }
  }

  std::unique_ptr<ByteStream> stream_;
  std::string to_send_;
};

class TlsStreamTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { certificates_ = std::make_unique<Certificates>(); }
  static void TearDownTestSuite() { certificates_.reset(); }

  TlsStreamTest() {
    auto carrier = std::make_unique<sim::SimConnector>(loop_);
    sockets_ = carrier.get();
    carrier_ = std::move(carrier);
    rules_.files = certificates_->server();
    options_.ca_file = certificates_->ca();
  }

  void listen(const char* at = address) {
    sockets_->listen(at, [this](sim::SimLink& link) {
      auto peer = std::make_unique<TlsPeer>(link, rules_);
      peer_ = peer.get();
      return peer;
    });
  }
  std::unique_ptr<Owner> connect(const char* to = address) {
    if (!connector_) {
      auto made = TlsConnector::make(std::move(carrier_), options_, loop_, nullptr);
      EXPECT_TRUE(made) << made.error();
      connector_ = std::move(*made);
    }
    return std::make_unique<Owner>(connector_->connect(to));
  }
  // Connects and expects it to fail for this reason.
  void expect_failure(const std::string& reason, const char* to = address) {
    const auto owner = connect(to);
    loop_.run_until([&] { return !owner->failure.empty() || owner->connected; });
    EXPECT_FALSE(owner->connected);
    EXPECT_THAT(owner->failure, HasSubstr(std::string("TLS with ") + to + ": "));
    EXPECT_THAT(owner->failure, HasSubstr(reason));
  }
  void run_all() {
    while (loop_.run_turn()) {
    }
  }
  // Sends `bytes`, gets them back.
  void expect_echo(Owner& owner, const std::string& bytes) {
    owner.received.clear();
    owner.send(bytes);
    loop_.run_until([&] { return owner.received.size() >= bytes.size(); });
    EXPECT_TRUE(owner.received == bytes) << owner.received.size() << " of " << bytes.size() << ", " << owner.failure;
  }

  static std::unique_ptr<Certificates> certificates_;
  sim::SimLoop loop_;
  std::unique_ptr<Connector> carrier_;
  sim::SimConnector* sockets_ = nullptr;
  std::unique_ptr<TlsConnector> connector_;
  TlsPeerRules rules_;
  TlsOptions options_;
  TlsPeer* peer_ = nullptr;
};

std::unique_ptr<Certificates> TlsStreamTest::certificates_;

std::string some_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 2654435761U) >> 11);
  return bytes;
}

TEST_F(TlsStreamTest, CarriesBytesBothWaysAndTellsTheServerItsName) {
  listen();
  const auto owner = connect();
  expect_echo(*owner, "hello");
  EXPECT_EQ(peer_->server_name, "pd.test");
  EXPECT_EQ(connector_->scheme(), "https");
  expect_echo(*owner, some_bytes(300'000));
  EXPECT_THAT(sockets_->links.front()->sent, testing::Not(HasSubstr("hello")));
}

TEST_F(TlsStreamTest, SpeaksBothVersionsThatAreSafe) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    rules_.version = version;
    listen();
    const auto owner = connect();
    expect_echo(*owner, "hello");
  }
}

TEST_F(TlsStreamTest, RefusesAnOlderVersion) {
  rules_.version = TLS1_1_VERSION;
  listen();
  expect_failure("version");
}

TEST_F(TlsStreamTest, ShakesHandsWhereverTheBytesAreCut) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    rules_.version = version;
    // One byte at a time meets every cut; the others meet what comes together with what.
    for (std::size_t chunk = 1; chunk < 1600; chunk += chunk < 48 ? 1 : 61) {
      sockets_->plan.chunk = chunk;
      listen();
      const auto owner = connect();
      expect_echo(*owner, "over");
      ASSERT_EQ(owner->received, "over") << "chunk " << chunk;
      sockets_->links.clear();
    }
  }
}

TEST_F(TlsStreamTest, WritesThatAreTakenInPiecesArriveWhole) {
  for (const std::size_t piece :
       {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{100}, std::size_t{16'389}}) {
    sockets_->plan.write_chunk = piece;
    sockets_->plan.buffer = 20'000;  // writes block
    listen();
    const auto owner = connect();
    expect_echo(*owner, some_bytes(100'000));
  }
}

TEST_F(TlsStreamTest, EndsInTimeWhereverTheConnectionBreaks) {
  listen();
  {
    const auto owner = connect();
    expect_echo(*owner, "whole");
  }
  // Signatures differ in length by a few bytes.
  const std::size_t all = sockets_->links.front()->answered.size() - 20;
  for (const sim::Breakage how : {sim::Breakage::close, sim::Breakage::fail}) {
    for (std::size_t after = 0; after < all; after += 13) {
      sockets_->plan.to_client = how;
      sockets_->plan.to_client_after = after;
      const auto owner = connect();
      owner->send("x");
      run_all();
      if (owner->connected) {
        EXPECT_EQ(owner->last.progress, how == sim::Breakage::close ? Progress::closed : Progress::failed) << after;
      } else {
        EXPECT_THAT(owner->failure, testing::AnyOf(HasSubstr("the peer closed the connection during the handshake"),
                                                   HasSubstr("the connection broke during the handshake: ")));
      }
    }
  }
}

TEST_F(TlsStreamTest, AnUnknownAuthorityIsNotAccepted) {
  options_.ca_file = certificates_->other_ca();
  listen();
  expect_failure("the certificate of the peer is not accepted: unable to get local issuer certificate");
}

TEST_F(TlsStreamTest, AnExpiredCertificateIsNotAccepted) {
  rules_.files = certificates_->expired();
  listen();
  expect_failure("the certificate of the peer is not accepted: certificate has expired");
}

TEST_F(TlsStreamTest, ACertificateForAnotherNameIsNotAccepted) {
  listen("elsewhere.test:2379");
  expect_failure("the certificate of the peer is not accepted: hostname mismatch", "elsewhere.test:2379");
}

TEST_F(TlsStreamTest, ACertificateForAnotherAddressIsNotAccepted) {
  listen("127.0.0.2:2379");
  expect_failure("the certificate of the peer is not accepted: IP address mismatch", "127.0.0.2:2379");
}

TEST_F(TlsStreamTest, NumericAddressesAreCheckedAndNotSentAsNames) {
  for (const char* to : {"127.0.0.1:2379", "[::1]:2379"}) {
    listen(to);
    const auto owner = connect(to);
    expect_echo(*owner, "hello");
    EXPECT_EQ(peer_->server_name, "");
  }
}

TEST_F(TlsStreamTest, TheNameMayBeGiven) {
  options_.server_name = "pd.test";
  listen("elsewhere.test:2379");
  const auto owner = connect("elsewhere.test:2379");
  expect_echo(*owner, "hello");
  EXPECT_EQ(peer_->server_name, "pd.test");
}

TEST_F(TlsStreamTest, AServerWithoutHttp2IsRefused) {
  rules_.alpn = false;
  listen();
  expect_failure("does not agree on HTTP/2");
}

TEST_F(TlsStreamTest, APlainServerIsRecognized) {
  sockets_->listen(address, [](sim::SimLink& link) {
    return std::make_unique<PlainPeer>(link, "HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  expect_failure("the peer does not speak TLS");
}

TEST_F(TlsStreamTest, AServerThatHangsUpIsToldApart) {
  sockets_->plan.to_client = sim::Breakage::close;
  sockets_->plan.to_client_after = 0;
  listen();
  expect_failure("the peer closed the connection during the handshake");
}

TEST_F(TlsStreamTest, ARefusedConnectionKeepsItsWords) {
  const auto owner = connect("127.0.0.1:1");
  loop_.run_until([&] { return !owner->failure.empty(); });
  EXPECT_EQ(owner->failure, "connection refused");
}

TEST_F(TlsStreamTest, ShowsItsCertificate) {
  rules_.client_ca = certificates_->ca();
  options_.certificate_file = certificates_->client().certificate;
  options_.key_file = certificates_->client().key;
  listen();
  const auto owner = connect();
  expect_echo(*owner, "hello");
  EXPECT_TRUE(peer_->client_certified);
}

TEST_F(TlsStreamTest, AServerThatMissesOurCertificateIsToldApart) {
  rules_.client_ca = certificates_->ca();
  rules_.version = TLS1_2_VERSION;  // refused inside the handshake
  listen();
  expect_failure("handshake failure");

  rules_.version = TLS1_3_VERSION;  // refused after it
  listen();
  const auto owner = connect();
  run_all();
  EXPECT_EQ(owner->last.progress, Progress::failed);
  EXPECT_THAT(owner->last.reason, HasSubstr("certificate required"));
}

TEST_F(TlsStreamTest, TheEndOfTheTalkIsTold) {
  listen();
  const auto owner = connect();
  expect_echo(*owner, "hello");
  peer_->say("last");
  peer_->say_goodbye();
  run_all();
  EXPECT_EQ(owner->received, "hellolast");
  EXPECT_EQ(owner->last.progress, Progress::closed);
}

TEST_F(TlsStreamTest, NewKeysAreAnsweredWithoutLossOfBytes) {
  rules_.version = TLS1_3_VERSION;
  listen();
  const auto owner = connect();
  expect_echo(*owner, "before");
  peer_->update_keys();
  run_all();
  expect_echo(*owner, "after");
}

TEST_F(TlsStreamTest, DamagedBytesAreAFailure) {
  listen();
  const auto owner = connect();
  expect_echo(*owner, "hello");
  sockets_->links.back()->answer(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
  run_all();
  EXPECT_EQ(owner->last.progress, Progress::failed);
  EXPECT_THAT(owner->last.reason, HasSubstr("TLS: "));
}

TEST_F(TlsStreamTest, ARecordOfWhichOneByteIsOutsideCountsInFull) {
  listen();
  const auto owner = connect();
  expect_echo(*owner, "x");
  sim::SimLink& link = *sockets_->links.back();
  EXPECT_EQ(owner->stream().bytes_released(), 1U);

  const std::size_t before = link.sent.size();
  link.plan.buffer = before - link.delivered;                           // no room
  EXPECT_EQ(owner->stream().write(some_bytes(40'000)).bytes, 40'000U);  // three records
  EXPECT_EQ(link.sent.size(), before);
  EXPECT_EQ(owner->stream().bytes_released(), 1U);
  EXPECT_EQ(owner->stream().write(std::string("more")).progress, Progress::would_block);

  const auto release = [&](std::size_t bytes) {  // so many of the encrypted bytes leave
    link.plan.buffer = before + bytes - link.delivered;
    (void)owner->stream().write(std::string("more"));
    ASSERT_EQ(link.sent.size(), before + bytes);
  };
  release(1);
  EXPECT_EQ(owner->stream().bytes_released(), 1U + 16'384);
  release(16'384);
  EXPECT_EQ(owner->stream().bytes_released(), 1U + 16'384);
  release(2 * 16'384);
  EXPECT_EQ(owner->stream().bytes_released(), 1U + 2 * 16'384);
  link.plan.buffer = sim::no_limit;
  EXPECT_EQ(owner->stream().write(std::string("more")).progress, Progress::moved);
  EXPECT_EQ(owner->stream().bytes_released(), 1U + 40'000 + 4);
}

TEST_F(TlsStreamTest, BytesThatTheCarrierStillHoldsAreNotReleased) {
  listen();
  const auto owner = connect();
  expect_echo(*owner, "x");
  sim::SimLink& link = *sockets_->links.back();
  EXPECT_EQ(owner->stream().bytes_released(), 1U);
  link.plan.unreleased = sim::no_limit;
  EXPECT_EQ(owner->stream().write(std::string("abc")).bytes, 3U);
  EXPECT_EQ(owner->stream().bytes_released(), 1U);
  link.plan.unreleased = 0;
  EXPECT_EQ(owner->stream().bytes_released(), 4U);
}

TEST_F(TlsStreamTest, MayBeDestroyedWhenItIsConnected) {
  listen();
  const auto owner = connect();
  owner->drops_when_connected = true;
  run_all();
  EXPECT_TRUE(owner->connected);
  EXPECT_TRUE(peer_->closed);
}

struct BadFiles {
  TlsOptions options;
  std::string words;
};

TEST_F(TlsStreamTest, FilesThatCannotBeUsedAreErrorsWithTheirNames) {
  const std::string missing = certificates_->path("missing.pem");
  const std::string empty = certificates_->write("empty.pem", "");
  const std::string nonsense = certificates_->write("nonsense.pem", "not a certificate\n");
  const std::string ca = certificates_->ca();
  const Certificates::Files client = certificates_->client();
  for (const BadFiles& bad : {
           BadFiles{{missing, "", "", ""}, "the CA file '" + missing + "' cannot be used: No such file or directory"},
           BadFiles{{certificates_->path(""), "", "", ""}, "Is a directory"},
           BadFiles{{empty, "", "", ""}, "the CA file '" + empty + "' cannot be used: it is empty"},
           BadFiles{{nonsense, "", "", ""}, "it holds no certificate in PEM form"},
           BadFiles{{ca, missing, client.key, ""}, "the certificate file '" + missing},
           BadFiles{{ca, nonsense, client.key, ""}, "the certificate file '" + nonsense},
           BadFiles{{ca, client.certificate, missing, ""}, "the key file '" + missing},
           BadFiles{{ca, client.certificate, nonsense, ""}, "it holds no private key in PEM form"},
           BadFiles{{ca, client.certificate, certificates_->server().key, ""}, "key values mismatch"},
           BadFiles{{ca, client.certificate, "", ""}, "without a key file"},
           BadFiles{{ca, "", client.key, ""}, "without a certificate file"},
       }) {
    const auto made = TlsConnector::make(std::make_unique<sim::SimConnector>(loop_), bad.options, loop_, nullptr);
    ASSERT_FALSE(made) << bad.words;
    EXPECT_EQ(made.error().kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(made.error().message(), HasSubstr(bad.words));
  }
}

TEST_F(TlsStreamTest, WithoutACaFileTheSystemsAuthoritiesAreAsked) {
  options_.ca_file.clear();
  listen();
  expect_failure("the certificate of the peer is not accepted");
}

}  // namespace
}  // namespace tikv::rpc
