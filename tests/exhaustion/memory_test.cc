// Each allocation of a call fails in turn. What may come of it: the call succeeds all the same, it ends with an
// error that does not lie, or the process ends with one line. Never an exception, a crash or a call that hangs,
// and a client whose process lives works afterwards.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <future>
#include <map>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/running_sandbox.h"
#include "tikv/raw_client.h"

namespace {

/// How many allocations more succeed before one fails; negative: none fails.
std::atomic<long> before_failure{-1};
std::atomic<bool> failed{false};

bool fails_now() noexcept {
  if (before_failure.load(std::memory_order_relaxed) < 0) return false;
  if (before_failure.fetch_sub(1) != 0) return false;
  failed = true;
  return true;
}

}  // namespace

// For all threads and libraries of this process.
void* operator new(std::size_t size) {
  void* const memory = fails_now() ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new[](std::size_t size) { return operator new(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace tikv {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// What the child tells its parent while it lives and when it is gone.
struct Shared {
  std::atomic<long> number;  ///< which allocation is to fail
  std::atomic<bool> done;    ///< the last call had fewer
  std::atomic<long> errors;  ///< calls that ended with one
  char words[512];           ///< what went wrong; empty: nothing
};

/// One try, and what is wrong with what came of it; empty: nothing. The allocation fails between `arm` and `disarm`.
using Try = std::string(Shared& shared, const RawClient& client, const std::string& pd);

void arm(const Shared& shared) {
  failed = false;
  before_failure = shared.number.load();
}
void disarm() { before_failure = -1; }

template <class T>
std::string judged(Shared& shared, const Result<T>& result, bool may_be_done = false) {
  disarm();
  if (result) return {};
  ++shared.errors;
  if (!failed) return "failed without a failing allocation: " + result.error().message();
  if (result.error().undetermined() && !may_be_done) return "undetermined: " + result.error().message();
  return {};
}

std::string try_connect(Shared& shared, const RawClient&, const std::string& pd) {
  ClientOptions options;
  options.pd_addresses = {pd};
  arm(shared);
  Result<RawClient> client = RawClient::connect(options);
  return judged(shared, client);
}

std::string try_get(Shared& shared, const RawClient& client, const std::string&) {
  arm(shared);
  const auto got = client.get("memory/canary");
  std::string wrong = judged(shared, got);
  return wrong.empty() && got && *got != "alive" ? "a wrong value" : wrong;
}

std::string try_put(Shared& shared, const RawClient& client, const std::string&) {
  const std::string key = "memory/put/" + std::to_string(getpid()) + "/" + std::to_string(shared.number);
  arm(shared);
  const auto put = client.put(key, "value");
  std::string wrong = judged(shared, put, true);
  const bool there = client.get(key).value().has_value();
  if (wrong.empty() && put && !there) wrong = "success, and it is not there";
  if (wrong.empty() && !put && !put.error().undetermined() && there) wrong = "a certain failure, and it is there";
  return wrong;
}

/// In all regions.
std::vector<std::string> some_keys() {
  std::vector<std::string> keys;
  for (int i = 0; i < 8; ++i) keys.push_back(std::string(1, static_cast<char>('0' + i * 9)) + "/memory");
  return keys;
}

std::vector<KeyValue> pairs_of(const std::vector<std::string>& keys) {
  std::vector<KeyValue> pairs;
  for (const std::string& key : keys) pairs.push_back({key, "value"});
  return pairs;
}

std::string try_batch_put(Shared& shared, const RawClient& client, const std::string&) {
  std::vector<KeyValue> pairs = pairs_of(some_keys());
  arm(shared);
  const auto put = client.batch_put(std::move(pairs));
  return judged(shared, put, true);
}

std::string try_batch_get(Shared& shared, const RawClient& client, const std::string&) {
  std::vector<std::string> keys = some_keys();
  arm(shared);
  const auto got = client.batch_get(std::move(keys));
  return judged(shared, got);
}

constexpr int scanned_keys = 12;

std::string try_scan(Shared& shared, const RawClient& client, const std::string&) {
  std::optional<Scanner> scanner;
  int seen = 0;
  arm(shared);
  try {
    scanner.emplace(client.scanner(KeyRange::prefix("memory/scan/"), {.page_size = 4}));
  } catch (const std::bad_alloc&) {  // it has no other way to say so
    disarm();
    return {};
  }
  while (scanner->next()) ++seen;
  const Result<void> result = scanner->result();
  std::string wrong = judged(shared, result);
  return wrong.empty() && result && seen != scanned_keys ? "the scan left out what is there" : wrong;
}

std::string try_spawn(Shared& shared, const RawClient& client, const std::string&) {
  std::promise<Result<std::optional<std::string>>> promise;
  auto future = promise.get_future();
  auto task = client.async().get("memory/canary");
  std::function<void(Result<std::optional<std::string>>)> done = [&](Result<std::optional<std::string>> result) {
    disarm();  // the promise needs memory, too
    promise.set_value(std::move(result));
  };
  arm(shared);
  try {
    client.async().spawn(std::move(task), std::move(done));
  } catch (const std::bad_alloc&) {  // what this face does at its caller
    disarm();
    return {};
  }
  return judged(shared, future.get());
}

class MemoryTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { sandbox = new test::RunningSandbox(); }
  static void TearDownTestSuite() { delete std::exchange(sandbox, nullptr); }
  void SetUp() override {
    ASSERT_FALSE(sandbox->pd().empty()) << "the sandbox did not get ready";
    shared_ =
        static_cast<Shared*>(mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    ASSERT_NE(static_cast<void*>(shared_), MAP_FAILED);
    new (shared_) Shared{};
  }
  void TearDown() override { munmap(shared_, sizeof(Shared)); }

  /// Fails each allocation of `attempt` in turn, in children that go on where the one before had ended.
  void sweep(Try& attempt) {
    long ends = 0;
    while (!shared_->done) {
      const long first = shared_->number;
      const std::string last_words = run_child(attempt);
      ASSERT_STREQ(shared_->words, "") << "with allocation " << shared_->number << " failing";
      if (shared_->done) break;
      ++ends;
      // One line, and nothing before or after it.
      ASSERT_THAT(last_words, testing::MatchesRegex("tikv: out of memory[^\n]*\n"))
          << "with allocation " << shared_->number << " failing";
      ++shared_->number;
      ASSERT_GT(shared_->number, first);
    }
    RecordProperty("allocations", static_cast<int>(shared_->number));
    RecordProperty("ends", static_cast<int>(ends));
    std::printf("%ld allocations failed: %ld ended the process, %ld were errors\n", shared_->number.load(), ends,
                shared_->errors.load());
    EXPECT_GT(shared_->errors.load(), 0) << "nothing has failed";
  }

  static test::RunningSandbox* sandbox;

 private:
  Shared* shared_ = nullptr;

  std::string run_child(Try& attempt) {
    int ends[2];
    if (pipe(ends) != 0) return "no pipe";
    const pid_t child = fork();
    if (child == 0) {
      dup2(ends[1], STDERR_FILENO);
      close(ends[0]);
      close(ends[1]);
      alarm(20);
      work(attempt);
      _exit(0);
    }
    close(ends[1]);
    std::string words;
    char bytes[4096];
    for (ssize_t count = 0; (count = read(ends[0], bytes, sizeof bytes)) > 0;) {
      words.append(bytes, static_cast<std::size_t>(count));
    }
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGABRT) {
      words = "ended by signal " + std::to_string(WTERMSIG(status)) + "; " + words;
    }
    return words;
  }

  void work(Try& attempt) {
    const RawClient client = RawClient::connect(sandbox->pd()).value();
    client.put("memory/canary", "alive").value();
    std::vector<std::string> keys = some_keys();  // every store and region is known then
    for (int i = 0; i < scanned_keys; ++i) keys.push_back("memory/scan/" + std::to_string(i));
    client.batch_put(pairs_of(keys)).value();
    for (int without_failure = 0; without_failure < 3;) {
      std::string wrong;
      const auto began = std::chrono::steady_clock::now();
      try {
        wrong = attempt(*shared_, client, sandbox->pd());
        disarm();
      } catch (...) {
        disarm();
        wrong = "an exception came out of a call";
      }
      if (wrong.empty() && std::chrono::steady_clock::now() - began > seconds(3)) wrong = "the call hung";
      const auto canary = client.get("memory/canary");
      if (wrong.empty() && !canary) wrong = "afterwards: " + canary.error().message();
      if (!wrong.empty()) {
        wrong.copy(shared_->words, sizeof shared_->words - 1);
        _exit(1);
      }
      // Threads take turns: how many allocations there are varies a little.
      without_failure = failed ? 0 : without_failure + 1;
      ++shared_->number;
    }
    shared_->done = true;
  }
};
test::RunningSandbox* MemoryTest::sandbox = nullptr;

TEST_F(MemoryTest, FailsAtEachAllocationOfConnect) { sweep(try_connect); }
TEST_F(MemoryTest, FailsAtEachAllocationOfGet) { sweep(try_get); }
TEST_F(MemoryTest, FailsAtEachAllocationOfPut) { sweep(try_put); }
TEST_F(MemoryTest, FailsAtEachAllocationOfBatchPut) { sweep(try_batch_put); }
TEST_F(MemoryTest, FailsAtEachAllocationOfBatchGet) { sweep(try_batch_get); }
TEST_F(MemoryTest, FailsAtEachAllocationOfAScanner) { sweep(try_scan); }
TEST_F(MemoryTest, FailsAtEachAllocationOfASpawnedTask) { sweep(try_spawn); }

}  // namespace
}  // namespace tikv
