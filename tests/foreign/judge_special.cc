// Compare-and-swap, time to live, regions that move, and both clients at the same time.

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include "foreign/judge.h"
#include "foreign/judge_keys.h"

namespace tikv::test {

using namespace std::chrono_literals;

void Judge::compare_and_swap() {
  if (!theirs_.knows("cas")) return;
  const std::optional<std::string> absent;
  for (int i = 0; i < 24; ++i) {
    const std::string key = key_of(2000 + i);
    expect_same("cas of an absent key with a value", theirs_.compare_and_swap(key, "some", "v"),
                SwapOutcome{false, absent});
    expect_same("cas of an absent key", theirs_.compare_and_swap(key, absent, "1"), SwapOutcome{true, absent});
    truth_[key] = "1";
    check_key(key);
    expect_same("cas with absent of a key", theirs_.compare_and_swap(key, absent, "2"), SwapOutcome{false, "1"});
    expect_same("cas with a wrong value", theirs_.compare_and_swap(key, "0", "2"), SwapOutcome{false, "1"});
    expect_same("cas with the right value", theirs_.compare_and_swap(key, "1", "2"), SwapOutcome{true, "1"});
    truth_[key] = "2";
    check_key(key);
    our_put(key, "3");
    expect_same("cas after our put", theirs_.compare_and_swap(key, "2", "4"), SwapOutcome{false, "3"});
    expect_same("cas of our value", theirs_.compare_and_swap(key, "3", ""), SwapOutcome{true, "3"});
    truth_[key] = "";
    check_key(key);
    expect_same("an empty value is not absent", theirs_.compare_and_swap(key, absent, "5"), SwapOutcome{false, ""});
    expect_same("cas of an empty value", theirs_.compare_and_swap(key, "", "6"), SwapOutcome{true, ""});
    truth_[key] = "6";
    check_key(key);
  }
}

void Judge::swaps_of_both() {
  if (!theirs_.knows("cas")) return;
  constexpr int each = 40;
  const std::string key = key_of(4000);
  their_put(key, "0");
  const auto next = [](const std::string& value) { return std::to_string(std::atoi(value.c_str()) + 1); };
  std::string failure;
  std::size_t tried = 0;
  std::thread counter([&] {  // ours adds one, each
    std::string known = "0";
    for (int swapped = 0; swapped < each && failure.empty(); ++tried) {
      const Result<CasResult> result = ours_.atomic.compare_and_swap(key, known, next(known));
      if (!result) {
        failure = result.error().message();
      } else {
        swapped += result->swapped ? 1 : 0;
        known = result->swapped ? next(known) : result->previous.value_or("nothing");
      }
    }
  });
  std::string wrong;
  try {
    std::string known = "0";
    for (int swapped = 0; swapped < each;) {
      const SwapOutcome outcome = theirs_.compare_and_swap(key, known, next(known));
      swapped += outcome.swapped ? 1 : 0;
      known = outcome.swapped ? next(known) : outcome.previous.value_or("nothing");
    }
  } catch (const WrongAnswer& answer) {
    wrong = answer.what();
  }
  counter.join();
  own_operations_ += tried;
  if (!failure.empty()) throw WrongAnswer("our compare_and_swap: " + failure);
  if (!wrong.empty()) throw WrongAnswer(wrong);
  truth_[key] = std::to_string(2 * each);
  check_key(key);
}

void Judge::put_if_absent() {
  if (!theirs_.knows("put_if_absent")) return;
  for (int i = 0; i < 12; ++i) {
    const std::string key = key_of(3000 + i);
    expect_same("put_if_absent", theirs_.put_if_absent(key, "first"), std::optional<std::string>());
    truth_[key] = "first";
    expect_same("put_if_absent again", theirs_.put_if_absent(key, "second"), std::optional<std::string>("first"));
    check_key(key);
  }
}

void Judge::atomic_writes() {
  if (!theirs_.knows("atomic_put")) return;
  for (int i = 0; i < 12; ++i) {
    theirs_.write("atomic_put", {key_of(i), "in atomic mode"});
    truth_[key_of(i)] = "in atomic mode";
    check_key(key_of(i));
    if (i % 2 == 0) continue;
    theirs_.write("atomic_delete", {key_of(i)});
    truth_.erase(key_of(i));
    check_key(key_of(i));
  }
}

void Judge::ttl() {
  if (!theirs_.knows("ttl")) return;
  expect_same("ttl of an absent key", theirs_.ttl(key_of(9000)), std::optional<std::uint64_t>());
  their_put(key_of(1), "for ever");
  expect_same("ttl of a key that stays", theirs_.ttl(key_of(1)).value_or(0), std::uint64_t{0});
  theirs_.write_with_ttl("put_ttl", {key_of(2), "for long"}, 1000);
  theirs_.write_with_ttl("batch_put_ttl", {key_of(3), "for long", key_of(4), "for long"}, 1000);
  for (int i = 2; i <= 4; ++i) {
    truth_[key_of(i)] = "for long";
    check_key(key_of(i));
    const std::uint64_t left = theirs_.ttl(key_of(i)).value_or(0);
    if (left < 900 || left > 1000) throw WrongAnswer("ttl of 1000 s is " + std::to_string(left) + " s right after");
    const auto by_ours = own(ours_.plain.get_key_ttl(key_of(i)), "get_key_ttl");
    if (!by_ours || !by_ours->left || *by_ours->left < 900s || *by_ours->left > 1000s) {
      throw WrongAnswer("our get_key_ttl does not give what is left of 1000 s");
    }
  }
  theirs_.write_with_ttl("put_ttl", {key_of(5), "for a moment"}, 1);
  truth_.erase(key_of(5));
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (theirs_.get(key_of(5)) && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(50ms);
  check_key(key_of(5));
  check_range(first_key, end_key);
}

void Judge::refused_ttl() {
  if (!theirs_.knows("put_ttl") || habits_.tries_refused_writes_again) return;
  expect_refusal("a put with a TTL", [this] { theirs_.write_with_ttl("put_ttl", {key_of(6000), "for long"}, 1000); });
  check_key(key_of(6000));
}

void Judge::coprocessor() {
  if (!theirs_.knows("coprocessor")) return;
  fill("to be counted ");
  const auto in = [this](const std::string& start, const std::string& end) {
    return expected(start, end, all_pairs).size();
  };
  expect_same("keys counted by the plug-in", theirs_.count_by_plugin(first_key, end_key), in(first_key, end_key));
  expect_same("keys counted by the plug-in", theirs_.count_by_plugin("A", "c"), in("A", "c"));
}

void Judge::moving_regions() {
  fill("while regions move ");
  for (int round = 0; round < 12; ++round) {
    const std::string key = key_of(round);
    const std::string store = std::to_string(1 + round % 3);
    command({"split", key + "/x"});
    their_put(key, "after a split " + std::to_string(round));
    check_key(key);
    command({"move-leader", "@" + key, store});
    their_put(key + "/y", "after a moved leader " + std::to_string(round));
    check_key(key + "/y");
    if (round % 4 == 3) {
      command({"stop-store", store});
      check_key(key);
      our_put(key, "while a store is down");
      check_key(key);
      command({"start-store", store});
    }
    if (round % 3 == 2) command({"merge", "@" + key});
    check_range(first_key, end_key);
  }
}

namespace {

/// What our client has written so far, for the thread that reads.
struct OurWrites {
  std::mutex mutex;
  std::map<std::string, int> begun;
  std::map<std::string, int> acknowledged;
};

/// "ours:12" -> 12; -1 for values of others.
int number_of(const std::string& value, std::string_view whose) {
  return value.starts_with(whose) ? std::atoi(value.c_str() + whose.size()) : -1;
}

}  // namespace

void Judge::both_at_once() {
  constexpr int keys = 8;
  constexpr int rounds = 120;
  for (int i = 0; i < keys; ++i) our_put(key_of(i), "ours:0");
  OurWrites writes;
  std::atomic<bool> stop{false};
  std::string failure;
  std::size_t written = 0;
  std::thread writer([&] {
    for (int n = 1; !stop && failure.empty(); ++n) {
      const std::string key = key_of(n % keys);
      {
        const std::lock_guard lock(writes.mutex);
        writes.begun[key] = n;
      }
      const Result<void> put = ours_.plain.put(key, "ours:" + std::to_string(n));
      if (!put) failure = put.error().message();
      const std::lock_guard lock(writes.mutex);
      writes.acknowledged[key] = n;
      ++written;
    }
  });
  std::string wrong;
  std::map<std::string, int> theirs;
  try {
    for (int n = 1; n <= rounds && wrong.empty(); ++n) {
      const std::string key = key_of(n % keys);
      if (n % 3 == 0) {
        theirs_.write("put", {key, "theirs:" + std::to_string(n)});
        theirs[key] = n;
      }
      int acknowledged = 0;
      {
        const std::lock_guard lock(writes.mutex);
        acknowledged = writes.acknowledged[key];
      }
      const std::string value = theirs_.get(key).value_or("nothing");
      const std::lock_guard lock(writes.mutex);
      const int ours_number = number_of(value, "ours:");
      const bool is_ours = ours_number >= acknowledged && ours_number <= writes.begun[key];
      if (!is_ours && (theirs[key] == 0 || number_of(value, "theirs:") != theirs[key])) {
        wrong = key + " holds '" + value + "', but ours wrote " + std::to_string(acknowledged) + " to " +
                std::to_string(writes.begun[key]) + " and the foreign client " + std::to_string(theirs[key]);
      }
    }
  } catch (const WrongAnswer& answer) {
    wrong = answer.what();
  }
  stop = true;
  writer.join();
  own_operations_ += written;
  if (!failure.empty()) throw WrongAnswer("our put beside the foreign client: " + failure);
  if (!wrong.empty()) throw WrongAnswer(wrong);
  for (int i = 0; i < keys; ++i) {
    expect_same("the last word on a key", theirs_.get(key_of(i)), own(ours_.plain.get(key_of(i)), "get"));
    truth_[key_of(i)] = own(ours_.plain.get(key_of(i)), "get").value_or("");
  }
  check_range(first_key, end_key);
}

}  // namespace tikv::test
