// A sandbox with a data folder, killed while clients write: what was acknowledged is there afterwards.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sandbox/running_sandbox.h"
#include "tikv/raw_client.h"

namespace tikv {
namespace {

using std::chrono::milliseconds;
using test::Ended;
using test::run_to_end;
using test::RunningSandbox;
using testing::HasSubstr;

constexpr std::size_t kills = 20;
constexpr std::size_t writers = 16;

/// What a key must hold: a value, or nothing since it was deleted.
using Truth = std::map<std::string, std::optional<std::string>>;

/// Writes without end until its server dies, and remembers what was acknowledged. No key is written
/// after a write of it whose end is not known.
class Writers {
 public:
  Writers(const RawClient& client, std::size_t round) : client_(client), round_(round) {
    for (std::size_t i = 0; i < writers; ++i) threads_.emplace_back([this, i] { work(i); });
  }
  ~Writers() { join(); }
  Writers(const Writers&) = delete;
  Writers& operator=(const Writers&) = delete;

  /// False if so many were not acknowledged in ten seconds.
  bool wait_for(std::size_t acknowledged) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return truth_.size() >= acknowledged; });
  }
  void join() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    given_up_.cancel();
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }
  [[nodiscard]] const Truth& truth() const { return truth_; }

 private:
  [[nodiscard]] bool stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }
  void acknowledge(const std::string& key, std::optional<std::string> value) {
    const std::lock_guard lock(mutex_);
    truth_[key] = std::move(value);
    changed_.notify_all();
  }
  void work(std::size_t writer) {
    WriteOptions patience;
    patience.cancel = &given_up_;
    for (std::size_t number = 0; !stopping(); ++number) {
      const std::string name =
          "/" + std::to_string(round_) + "/" + std::to_string(writer) + "/" + std::to_string(number);
      const std::string key = "05AGMSYbhntz"[number % 12] + name;
      const std::string other = "z05AGMSYbhnt"[number % 12] + name;
      if (number % 3 == 0) {
        if (!client_.batch_put({{key, name}, {other, name}}, patience)) return;
        acknowledge(key, name);
        acknowledge(other, name);
      } else {
        if (!client_.put(key, name, patience)) return;
        if (number % 3 == 2) {
          if (!client_.delete_key(key, patience)) return;
          acknowledge(key, std::nullopt);
        } else {
          acknowledge(key, name);
        }
      }
    }
  }

  const RawClient& client_;
  std::size_t round_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  CancelScope given_up_;
  Truth truth_;
  std::vector<std::thread> threads_;
};

class DurableTest : public testing::Test {
 protected:
  DurableTest() : folder(std::filesystem::temp_directory_path() / ("tikv-sandbox-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(folder);
  }
  ~DurableTest() override { std::filesystem::remove_all(folder); }

  [[nodiscard]] std::unique_ptr<RunningSandbox> start(std::vector<std::string> more = {}) const {
    more.insert(more.end(), {"--data-dir", folder.string(), "--quiet"});
    return std::make_unique<RunningSandbox>(more);
  }
  /// How a sandbox ends that cannot start: what it says comes on its error output.
  [[nodiscard]] static Ended fail(const std::string& options) {
    return run_to_end({"/bin/sh", "-c", std::string(TIKV_SANDBOX_PROGRAM) + " --pd-port 0 " + options + " 2>&1"});
  }
  static std::string value_of(const RunningSandbox& sandbox, const std::string& field) {
    const std::string text = sandbox.control({"--json", "status"}).output;
    const std::size_t at = text.find("\"" + field + "\"");
    return at == std::string::npos ? std::string() : text.substr(at, text.find_first_of(",}", at) - at);
  }
  /// How many of these are not as they must be.
  static std::size_t lost(const RawClient& client, const Truth& truth) {
    std::map<std::string, std::string> there;
    ScanOptions everything;
    everything.limit = 10'000'000;
    const std::vector<KeyValue> pairs = client.scan(KeyRange::all(), everything).value();
    for (const KeyValue& pair : pairs) there[pair.key] = pair.value;
    std::size_t wrong = 0;
    for (const auto& [key, value] : truth) {
      const auto found = there.find(key);
      wrong += value ? found == there.end() || found->second != *value : found != there.end();
    }
    return wrong;
  }

  std::filesystem::path folder;
};

TEST_F(DurableTest, EveryAcknowledgedWriteIsThereAfterEachOfTwentyKills) {
  const auto began = std::chrono::steady_clock::now();
  Truth truth;
  std::string cluster;
  auto sandbox = start();
  for (std::size_t round = 0; round < kills; ++round) {
    ASSERT_FALSE(sandbox->pd().empty());
    if (round == 0) cluster = value_of(*sandbox, "cluster");
    const RawClient client = RawClient::connect(sandbox->pd()).value();
    ASSERT_EQ(lost(client, truth), 0U) << "after kill " << round << " of " << truth.size() << " acknowledged writes";
    Writers load(client, round);
    EXPECT_TRUE(load.wait_for(100 + 97 * (round % 7))) << "the writers do not get on";
    sandbox->process().signal(SIGKILL);
    EXPECT_EQ(sandbox->process().wait(), 128 + SIGKILL);
    load.join();
    truth.insert(load.truth().begin(), load.truth().end());
    sandbox = start();
  }
  ASSERT_FALSE(sandbox->pd().empty());
  EXPECT_EQ(lost(RawClient::connect(sandbox->pd()).value(), truth), 0U);
  EXPECT_FALSE(cluster.empty());
  EXPECT_EQ(value_of(*sandbox, "cluster"), cluster);
  const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
  std::cout << kills << " kills under load, " << truth.size() << " keys acknowledged, none lost, " << took.count()
            << " ms" << std::endl;
}

TEST_F(DurableTest, RegionsAndKeyspacesOutliveTheProcess) {
  auto sandbox = start({"--api-version", "2", "--keyspace", "orders"});
  ASSERT_EQ(sandbox->control({"split", "m"}).code, 0);
  ASSERT_EQ(sandbox->control({"merge", "@m"}).code, 0);
  ASSERT_EQ(sandbox->control({"split", "m", "--keyspace", "DEFAULT"}).code, 0);
  const std::string before = sandbox->control({"--json", "regions"}).output;
  EXPECT_THAT(before, HasSubstr("r\\\\x00\\\\x00\\\\x00m"));
  sandbox->process().signal(SIGKILL);
  sandbox->process().wait();
  sandbox = start();
  EXPECT_EQ(sandbox->control({"--json", "regions"}).output, before);
  sandbox->process().signal(SIGTERM);
  EXPECT_EQ(sandbox->process().wait(), 0);
  sandbox = start({"--keyspace", "parts"});
  EXPECT_THAT(sandbox->control({"--json", "regions"}).output, HasSubstr("r\\\\x00\\\\x00\\\\x02\""))
      << "a keyspace that came later has regions of its own";
}

TEST_F(DurableTest, AFolderThatIsNotOursIsLeftAlone) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "letters.txt") << "dear";
  const Ended foreign = fail("--data-dir " + folder.string());
  EXPECT_EQ(foreign.code, 1);
  EXPECT_THAT(foreign.output, HasSubstr("holds something else than the data of a sandbox (letters.txt)"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(DurableTest, AFolderOfAnotherFormatIsLeftAlone) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "FORMAT") << "tikv-sandbox data, format 7\n";
  const Ended other = fail("--data-dir " + folder.string());
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.output, HasSubstr("has data of format 7; this program knows format 1"));
}

TEST_F(DurableTest, TwoSandboxesDoNotShareAFolderNorTakeItForAnotherCluster) {
  auto sandbox = start();
  const Ended second = fail("--data-dir " + folder.string());
  EXPECT_EQ(second.code, 1);
  EXPECT_THAT(second.output,
              HasSubstr("in use by another tikv-sandbox, process " + std::to_string(sandbox->process().pid())));
  sandbox->process().signal(SIGTERM);
  EXPECT_EQ(sandbox->process().wait(), 0);
  EXPECT_THAT(fail("--stores 5 --data-dir " + folder.string()).output, HasSubstr("a cluster of 3 stores, not 5"));
  EXPECT_THAT(fail("--api-version 2 --data-dir " + folder.string()).output, HasSubstr("of API version 1ttl, not 2"));
}

TEST_F(DurableTest, WhatCannotBeIsSaidBeforeAnythingStarts) {
  EXPECT_THAT(fail("--compat 5").output, HasSubstr("'5' is no version"));
  EXPECT_EQ(fail("--compat 5").code, 2);
  EXPECT_THAT(fail("--api-version 2 --compat 5.0").output, HasSubstr("has no API version 2"));
  EXPECT_THAT(fail("--keyspace orders").output, HasSubstr("keyspaces need API version 2"));
  EXPECT_THAT(fail("--api-version 2 --keyspace 'a b'").output, HasSubstr("is no name of a keyspace"));
}

}  // namespace
}  // namespace tikv
