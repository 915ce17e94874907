// The client as users have it (threads, sockets, the shared library) against a sandbox that is
// another process with another gRPC.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <mutex>
#include <thread>

#include "sandbox/running_sandbox.h"
#include "tikv/raw_client.h"

namespace tikv {
namespace {

using std::chrono::milliseconds;
using test::RunningSandbox;
using testing::HasSubstr;

class SandboxTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { sandbox = new RunningSandbox(); }
  static void TearDownTestSuite() {
    sandbox->process().signal(SIGTERM);
    EXPECT_EQ(sandbox->process().wait(), 0) << "the sandbox stops cleanly";
    delete std::exchange(sandbox, nullptr);
  }
  void SetUp() override { ASSERT_FALSE(sandbox->pd().empty()) << "the sandbox did not get ready"; }

  [[nodiscard]] static RawClient connect() { return RawClient::connect(sandbox->pd()).value(); }

  static RunningSandbox* sandbox;
};
RunningSandbox* SandboxTest::sandbox = nullptr;

TEST_F(SandboxTest, RawRoundTrip) {
  const RawClient client = connect();
  EXPECT_NE(client.cluster_id(), 0U);
  client.put("greeting", "hello").value();
  EXPECT_EQ(client.get("greeting").value(), "hello");
  client.delete_key("greeting").value();
  EXPECT_EQ(client.get("greeting").value(), std::nullopt);
}

TEST_F(SandboxTest, AWriteInDoubtWhoseClientIsClosedOnItsOwnLoopIsUndetermined) {
  const RawClient client = connect();
  client.put("closed/on/its/loop", "before").value();
  sandbox->process().freeze();
  auto close_later = [](const AsyncRawClient& raw) -> Task<void> {
    const ReadOptions not_long{.timeout = milliseconds(400)};
    const auto got = co_await raw.get("closed/on/its/loop", not_long);
    EXPECT_FALSE(got);
    raw.close(milliseconds(0));
    co_return {};
  };
  client.async().spawn(close_later(client.async()), nullptr);
  const Result<void> put = client.put("closed/on/its/loop", "after");  // sent, and never answered
  sandbox->process().signal(SIGCONT);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind(), ErrorKind::client_closed);
  EXPECT_TRUE(put.error().undetermined()) << put.error();
}

TEST_F(SandboxTest, BatchesAndScansCrossRegions) {
  const RawClient client = connect();
  std::vector<KeyValue> pairs;
  std::vector<std::string> keys;
  for (int i = 0; i < 5000; ++i) {
    KeyValue pair;
    pair.key = std::string(1, static_cast<char>('0' + i % 75)) + "/batch/" + std::to_string(i);
    pair.value = std::string(static_cast<std::size_t>(i % 300), 'v');
    keys.push_back(pair.key);
    pairs.push_back(std::move(pair));
  }
  client.batch_put(pairs).value();
  EXPECT_EQ(client.batch_get(keys).value(), pairs);
  std::sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  std::vector<KeyValue> scanned = client.scan(KeyRange::all(), {.limit = 100'000}).value();
  std::erase_if(scanned, [](const KeyValue& pair) { return pair.key.find("/batch/") == std::string::npos; });
  EXPECT_EQ(scanned, pairs);
}

TEST_F(SandboxTest, ManyThreadsShareOneClient) {
  const RawClient client = connect();
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string key = "thread/" + std::to_string(t) + "/" + std::to_string(i);
        if (!client.put(key, key)) ++wrong;
        const auto got = client.get(key);
        if (!got || *got != key) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

Task<int> put_many(const AsyncRawClient& client, int count) {
  std::vector<Task<void>> puts;
  for (int i = 0; i < count; ++i) puts.push_back(client.put("many/" + std::to_string(i), "value"));
  int written = 0;
  for (const auto& result : co_await ok(gather(std::move(puts), 256))) written += result ? 1 : 0;
  co_return written;
}

TEST_F(SandboxTest, HundredsOfCallsAtOnceOnOneThread) {
  const RawClient client = connect();
  EXPECT_EQ(client.async().run(put_many(client.async(), 2000)).value(), 2000);
}

TEST_F(SandboxTest, SpawnedTasksEndWhenNobodyBlocks) {
  const RawClient client = connect();
  std::mutex mutex;
  std::condition_variable ended;
  int written = -1;
  client.async().spawn<int>(put_many(client.async(), 500), [&](Result<int> result) {
    const std::lock_guard lock(mutex);
    written = result.value_or(-2);
    ended.notify_one();
  });
  std::unique_lock lock(mutex);
  EXPECT_TRUE(ended.wait_for(lock, std::chrono::seconds(20), [&] { return written != -1; }));
  EXPECT_EQ(written, 500);
}

TEST_F(SandboxTest, CancelFromAnotherThreadEndsABlockedCall) {
  RunningSandbox frozen;
  const RawClient client = RawClient::connect(frozen.pd()).value();
  client.put("key", "value").value();
  frozen.process().freeze();
  CancelScope scope;
  std::thread canceller([&] { scope.cancel(); });
  const auto got = client.get("key", {.cancel = &scope});
  canceller.join();
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().kind(), ErrorKind::cancelled);
  const auto late = client.get("key", {.timeout = milliseconds(150)});
  EXPECT_EQ(late.error().kind(), ErrorKind::deadline_exceeded);
  const auto put = client.put("key", "other", {.timeout = milliseconds(150)});
  EXPECT_TRUE(put.error().undetermined()) << put.error();
  frozen.process().signal(SIGCONT);
  EXPECT_TRUE(client.get("key").has_value()) << "it recovers";
}

TEST_F(SandboxTest, CloseFromAnotherThreadEndsBlockedCalls) {
  RunningSandbox frozen;
  const RawClient client = RawClient::connect(frozen.pd()).value();
  client.put("key", "value").value();
  frozen.process().freeze();
  std::thread closer([&] { client.close(milliseconds(50)); });
  const auto got = client.get("key");
  closer.join();
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().kind(), ErrorKind::client_closed);
  frozen.process().signal(SIGCONT);
}

TEST_F(SandboxTest, AnswerOverTheLimitIsAClearError) {
  ClientOptions options = ClientOptions::parse(sandbox->pd()).value();
  options.max_answer_size = 100'000;
  const RawClient client = RawClient::connect(options).value();
  client.put("large", std::string(200'000, 'x')).value();
  const auto got = client.get("large");
  EXPECT_EQ(got.error().kind(), ErrorKind::answer_too_large) << got.error();
  EXPECT_THAT(got.error().message(), HasSubstr("100000"));
  client.put("small", "x").value();
  EXPECT_EQ(client.get("small").value(), "x") << "the connection lives on";
}

TEST_F(SandboxTest, OnlyTheCallWhoseOwnAnswerIsTooLargeFails) {
  ClientOptions options = ClientOptions::parse(sandbox->pd()).value();
  options.max_answer_size = 1U << 20U;
  const RawClient client = RawClient::connect(options).value();
  constexpr std::size_t others = 64;  // which are 6.4 MB together, in few messages
  std::vector<Task<std::optional<std::string>>> gets;
  for (std::size_t i = 0; i <= others; ++i) {
    const std::string key = "together/" + std::to_string(i);
    client.put(key, std::string(i == others / 2 ? 3'000'000 : 100'000, 'x')).value();
    gets.push_back(client.async().get(key));
  }
  const auto results = client.async().run(gather(std::move(gets), others + 1)).value();
  for (std::size_t i = 0; i <= others; ++i) {
    if (i == others / 2) {
      ASSERT_FALSE(results[i].has_value());
      EXPECT_EQ(results[i].error().kind(), ErrorKind::answer_too_large) << results[i].error();
    } else {
      ASSERT_TRUE(results[i].has_value()) << results[i].error();
      EXPECT_EQ((*results[i])->size(), 100'000U);
    }
  }
}

TEST_F(SandboxTest, LargeValuesTravel) {
  const RawClient client = connect();
  const std::string value((8U << 20U) - 512, 'v');  // beside what TiKV adds to it
  client.put("eight-megabytes", value).value();
  EXPECT_EQ(client.get("eight-megabytes").value(), value);
}

TEST_F(SandboxTest, ForkedChildGetsAClearErrorAndTheParentWorksOn) {
  const RawClient client = connect();
  client.put("fork", "before").value();
  const pid_t child = fork();
  if (child == 0) {
    int code = 0;
    {
      const auto got = client.get("fork");
      if (got || got.error().kind() != ErrorKind::forked) code = 1;
      const auto moved = RawClient::connect(sandbox->pd());  // one of its own works
      if (!moved || moved->get("fork").value() != "before") code = 2;
    }
    _exit(code);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.get("fork").value(), "before");
}

TEST_F(SandboxTest, WrongClusterIdIsRefused) {
  const auto client = RawClient::connect("tikv://" + sandbox->pd() + "?cluster_id=42");
  ASSERT_FALSE(client.has_value());
  EXPECT_EQ(client.error().kind(), ErrorKind::cluster_id_mismatch);
  EXPECT_THAT(client.error().message(), HasSubstr("this client to cluster 42"));
}

TEST_F(SandboxTest, AnotherSandboxAtTheSameAddressIsAnotherCluster) {
  auto first = std::make_unique<RunningSandbox>();
  const std::string pd = first->pd();
  const RawClient client = RawClient::connect(pd).value();
  client.put("key", "first").value();
  first->process().signal(SIGTERM);
  first->process().wait();
  RunningSandbox second({"--pd-port", pd.substr(pd.find(':') + 1)});
  ASSERT_EQ(second.pd(), pd);
  const Result<void> put = client.put("key", "second");
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind(), ErrorKind::cluster_id_mismatch) << put.error();
  const RawClient reader = RawClient::connect(pd).value();
  EXPECT_NE(reader.cluster_id(), client.cluster_id());
  EXPECT_EQ(reader.get("key").value(), std::nullopt);
}

TEST_F(SandboxTest, DestroyingAClientLeavesNoThreadBehind) {
  const auto threads = [] {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return std::distance(begin(tasks), end(tasks));
  };
  connect().put("key", "value").value();  // a sanitizer's own thread may begin with the first of ours
  const auto before = threads();
  for (int i = 0; i < 10; ++i) {
    const RawClient client = connect();
    client.put("key", "value").value();
  }
  // The kernel takes a thread off its list a moment after it was joined.
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (threads() != before && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  EXPECT_EQ(threads(), before);
}

}  // namespace
}  // namespace tikv
