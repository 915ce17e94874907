// TLS files that change while a client lives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "rpc/grpc_transport.h"
#include "rpc/tls_connector.h"
#include "support/net/certificates.h"
#include "support/net/tls_peer.h"
#include "support/no_descriptors.h"
#include "support/rpc/recording_handlers.h"
#include "support/rpc/scripted_server.h"
#include "support/rpc/sim_byte_stream.h"

namespace tikv::rpc {
namespace {

using namespace std::chrono_literals;
using sim::RecordedCall;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_support::Certificates;
using testing_support::TlsPeer;
using testing_support::TlsPeerRules;

constexpr const char* address = "pd.test:2379";

/// A gRPC server behind TLS that answers each call with its own message.
class TlsServer final : public sim::SimPeer {
 public:
  TlsServer(sim::SimLink& link, const TlsPeerRules& rules)
      : tls_(link, rules),
        inside_(std::make_shared<sim::SimLink>(link.loop(), sim::LinkPlan())),
        server_(*inside_, sim::echo) {
    tls_.echoes = false;
  }
  void on_bytes(std::string_view bytes) override {
    const bool before = tls_.established;
    tls_.on_bytes(bytes);
    if (!tls_.established) return;
    if (!before) server_.on_open();
    server_.on_bytes(std::exchange(tls_.heard, {}));
    if (std::string answer = std::exchange(inside_->answered, {}); !answer.empty()) tls_.say(answer);
  }

 private:
  TlsPeer tls_;
  std::shared_ptr<sim::SimLink> inside_;
  sim::ScriptedServer server_;
};

class Lines final : public Observer {
 public:
  [[nodiscard]] LogLevel log_level() const noexcept override { return LogLevel::info; }
  void log(const LogRecord& record) override {
    (record.level == LogLevel::warning ? warnings : others).emplace_back(record.message);
  }
  std::vector<std::string> warnings;
  std::vector<std::string> others;
};

std::string content(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// A client with files of its own, which tests change, and a server that can be started anew.
class TlsFilesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    first_ = std::make_unique<Certificates>();
    second_ = std::make_unique<Certificates>();
  }
  static void TearDownTestSuite() {
    first_.reset();
    second_.reset();
  }

  TlsFilesTest() {
    auto carrier = std::make_unique<sim::SimConnector>(loop_);
    sockets_ = carrier.get();
    use_ca(*first_);
    rules_.files = first_->server();
    options_.ca_file = here("ca.pem");
    carrier_ = std::move(carrier);
    listen();
  }
  ~TlsFilesTest() override {
    for (const char* name : {"ca.pem", "client.pem", "client.key"}) std::filesystem::remove(here(name));
  }

  [[nodiscard]] static std::string here(const std::string& name) { return first_->path("live-" + name); }
  /// Puts a file in place as a careful administrator does: at once.
  static void put(const std::string& name, const std::string& bytes) {
    first_->write("live-new", bytes);
    std::filesystem::rename(here("new"), here(name));
  }
  static void use_ca(const Certificates& authority) { put("ca.pem", content(authority.ca())); }
  void show(const Certificates::Files& files) {
    put("client.pem", content(files.certificate));
    put("client.key", content(files.key));
    options_.certificate_file = here("client.pem");
    options_.key_file = here("client.key");
    rules_.client_ca = first_->ca();
  }

  void listen() {
    sockets_->listen(address, [this](sim::SimLink& link) { return std::make_unique<TlsServer>(link, rules_); });
  }
  void stop_server() {
    sockets_->stop_listening(address);
    for (const auto& link : sockets_->links) link->fail_by_peer("connection reset by peer");
    sockets_->links.clear();
  }
  void begin() {
    auto made = TlsConnector::make(std::move(carrier_), options_, loop_, lines_);
    ASSERT_TRUE(made) << made.error();
    connector_ = *std::move(made);
    transport_ = make_grpc_transport(loop_, *connector_, {});
  }
  void start_call(RecordedCall& call) {
    CallStart start;
    start.address = address;
    start.method = "/test.Service/Method";
    start.deadline = loop_.now() + 20s;
    call.call = transport_->unary(std::move(start), "request", call);
  }
  Status call() {
    RecordedCall recorded;
    start_call(recorded);
    loop_.run_until([&] { return recorded.told > 0; });
    return recorded.answer->status;
  }
  /// The next call needs a new connection, and the files are due for a look.
  Status call_on_new_connection() {
    stop_server();
    listen();
    loop_.run_for(5s);
    return call();
  }

  static std::unique_ptr<Certificates> first_;
  static std::unique_ptr<Certificates> second_;
  sim::SimLoop loop_;
  std::shared_ptr<Lines> lines_ = std::make_shared<Lines>();
  std::unique_ptr<Connector> carrier_;
  sim::SimConnector* sockets_ = nullptr;
  TlsPeerRules rules_;
  TlsOptions options_;
  std::unique_ptr<TlsConnector> connector_;
  std::unique_ptr<Transport> transport_;
};

std::unique_ptr<Certificates> TlsFilesTest::first_;
std::unique_ptr<Certificates> TlsFilesTest::second_;

/// Calls again and again, and keeps what failed and when.
class Caller {
 public:
  using Start = std::function<void(RecordedCall&)>;
  Caller(sim::SimLoop& loop, Start start) : loop_(loop), start_(std::move(start)) { next(); }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  struct Failed {
    core::Time when;
    Status status;
  };
  std::vector<Failed> failed;
  std::size_t succeeded = 0;
  core::Time last_success;

 private:
  void next() {
    call_ = std::make_unique<RecordedCall>();
    call_->then = [this] {
      loop_.run_after(20ms, [this] {
        const Status status = call_->answer->status;
        if (status.ok()) {
          ++succeeded;
          last_success = loop_.now();
        } else {
          failed.push_back({loop_.now(), status});
        }
        next();
      });
    };
    start_(*call_);
  }

  sim::SimLoop& loop_;
  Start start_;
  std::unique_ptr<RecordedCall> call_;
};

TEST_F(TlsFilesTest, ANewAuthorityUnderLoadCostsWhatARestartCosts) {
  begin();
  const core::Time began = loop_.now();
  std::vector<std::unique_ptr<Caller>> callers;
  for (int i = 0; i < 8; ++i) {
    callers.push_back(std::make_unique<Caller>(loop_, [this](RecordedCall& next) { start_call(next); }));
  }
  const core::Time stopped = began + 5s;
  const core::Time restarted = stopped + 300ms;
  loop_.run_for(3s);
  use_ca(*second_);  // connections that are there go on
  loop_.run_to(stopped);
  for (const auto& caller : callers) EXPECT_THAT(caller->failed, IsEmpty());
  stop_server();
  rules_.files = second_->server();
  loop_.run_to(restarted);
  listen();
  loop_.run_to(began + 30s);
  std::size_t failures = 0;
  for (const auto& caller : callers) {
    EXPECT_GT(caller->succeeded, 500U);
    EXPECT_GT(caller->last_success, began + 29s);
    failures += caller->failed.size();
    for (const Caller::Failed& failed : caller->failed) {
      EXPECT_THAT(failed.status.message, AnyOf(HasSubstr("connection reset by peer"), HasSubstr("connection refused")));
      EXPECT_LT(failed.when, restarted + 1s);
    }
  }
  EXPECT_GT(failures, 0U);
  EXPECT_THAT(lines_->warnings, IsEmpty());
  EXPECT_THAT(lines_->others, ElementsAre("TLS: the files have changed; new connections use them"));
  transport_.reset();
}

TEST_F(TlsFilesTest, WithTheOldAuthorityTheErrorNamesItsFileUntilItIsReplaced) {
  begin();
  EXPECT_TRUE(call().ok());
  rules_.files = second_->server();
  EXPECT_THAT(call_on_new_connection().message,
              AllOf(HasSubstr("the certificate of the peer is not accepted"), HasSubstr("CA file '" + here("ca.pem"))));
  use_ca(*second_);
  EXPECT_TRUE(call_on_new_connection().ok());
}

TEST_F(TlsFilesTest, ACertificateThatIsReplacedBeforeItExpiresIsNotMissed) {
  show(first_->short_lived());
  begin();
  EXPECT_TRUE(call().ok());
  show(first_->client());
  rules_.clock_ahead = 2L * 3600;
  EXPECT_TRUE(call().ok());
  EXPECT_TRUE(call_on_new_connection().ok());
  EXPECT_THAT(lines_->warnings, IsEmpty());
}

TEST_F(TlsFilesTest, ACertificateThatHasExpiredIsNamed) {
  show(first_->short_lived());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    rules_.version = version;
    rules_.clock_ahead = 0;
    if (!transport_) begin();
    EXPECT_TRUE(call_on_new_connection().ok());
    rules_.clock_ahead = 2L * 3600;
    const Status status = call_on_new_connection();
    EXPECT_EQ(status.code, StatusCode::unavailable);
    EXPECT_THAT(status.message, AllOf(HasSubstr("certificate has expired"), HasSubstr(here("client.pem")))) << version;
  }
  show(first_->client());
  EXPECT_TRUE(call_on_new_connection().ok());
}

TEST_F(TlsFilesTest, WhatIsHalfWrittenLeavesTheOldInUseAndIsToldOnce) {
  show(first_->client());
  begin();
  EXPECT_TRUE(call().ok());
  const std::string whole = content(first_->client().certificate);
  put("client.pem", whole.substr(0, whole.size() / 2));
  EXPECT_TRUE(call_on_new_connection().ok());
  EXPECT_TRUE(call_on_new_connection().ok());
  EXPECT_TRUE(call_on_new_connection().ok());
  ASSERT_EQ(lines_->warnings.size(), 1U);
  EXPECT_THAT(lines_->warnings.front(), AllOf(HasSubstr("the certificate file '" + here("client.pem")),
                                              HasSubstr("new connections go on with the files as they were before")));
  std::filesystem::remove(here("client.pem"));  // another change, another line
  EXPECT_TRUE(call_on_new_connection().ok());
  EXPECT_TRUE(call_on_new_connection().ok());
  ASSERT_EQ(lines_->warnings.size(), 2U);
  EXPECT_THAT(lines_->warnings.back(), HasSubstr("No such file or directory"));
  EXPECT_THAT(lines_->others, IsEmpty());
  put("client.pem", whole);
  EXPECT_TRUE(call_on_new_connection().ok());
  EXPECT_THAT(lines_->others, ElementsAre("TLS: the files have changed; new connections use them"));
  EXPECT_EQ(lines_->warnings.size(), 2U);
}

#ifdef TIKV_CAN_RUN_OUT_OF_DESCRIPTORS

TEST_F(TlsFilesTest, WhatCouldNotBeOpenedForWantOfDescriptorsIsReadLater) {
  begin();
  EXPECT_TRUE(call().ok());
  stop_server();
  use_ca(*second_);
  rules_.files = second_->server();
  {
    const test::NoDescriptors none;
    loop_.run_for(5s);
    for (int i = 0; i < 3; ++i) {
      EXPECT_FALSE(call().ok());  // many connections, and many looks at the files
      loop_.run_for(5s);
    }
  }
  ASSERT_EQ(lines_->warnings.size(), 1U);
  EXPECT_THAT(lines_->warnings.front(), HasSubstr("ulimit -n"));
  EXPECT_TRUE(call_on_new_connection().ok());
  EXPECT_THAT(lines_->others, ElementsAre("TLS: the files have changed; new connections use them"));
}

#endif

TEST_F(TlsFilesTest, ACertificateWhoseKeyIsYetToComeLeavesTheOldPairInUse) {
  show(first_->short_lived());
  begin();
  put("client.pem", content(first_->client().certificate));
  EXPECT_TRUE(call_on_new_connection().ok());
  ASSERT_EQ(lines_->warnings.size(), 1U);
  EXPECT_THAT(lines_->warnings.front(), AllOf(HasSubstr("the key file"), HasSubstr("key values mismatch")));
  put("client.key", content(first_->client().key));
  rules_.clock_ahead = 2L * 3600;  // the old pair would be refused now
  EXPECT_TRUE(call_on_new_connection().ok());
}

TEST_F(TlsFilesTest, FilesAreLookedAtOnceASecondAtMost) {
  begin();
  rules_.files = second_->server();
  use_ca(*second_);
  loop_.run_for(999ms);
  EXPECT_FALSE(call().ok());
  loop_.run_for(5s);
  EXPECT_TRUE(call().ok());
}

TEST_F(TlsFilesTest, AChangeThatLeavesNoTraceInTheTimesIsFoundAtTheNextLook) {
  const auto padded = [](std::string text) { return text + std::string(4096 - text.size(), '\n'); };
  const std::string file = here("ca.pem");
  put("ca.pem", padded(content(first_->ca())));
  const auto time = std::filesystem::last_write_time(file);
  begin();
  EXPECT_TRUE(call().ok());
  std::fstream(file, std::ios::binary | std::ios::in | std::ios::out) << padded(content(second_->ca()));
  std::filesystem::last_write_time(file, time);
  rules_.files = second_->server();
  EXPECT_TRUE(call_on_new_connection().ok());
}

}  // namespace
}  // namespace tikv::rpc
