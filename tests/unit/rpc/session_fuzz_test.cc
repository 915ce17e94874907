// The fuzzer's entry over mutated talks of honest servers, the same in every run: what a libFuzzer
// run finds in minutes and a compiler without libFuzzer would never see.

#include "support/rpc/session_fuzz.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

namespace tikv::rpc {
namespace {

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : state_(seed) {}

  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : static_cast<std::size_t>(next() % bound); }

  std::string mutate(std::string input, const std::vector<std::string>& others) {
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) change(input, others);
    return input;
  }

 private:
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }

  void change(std::string& input, const std::vector<std::string>& others) {
    if (input.size() < 12) input.resize(12);
    const std::size_t at = below(input.size());
    switch (below(8)) {
      case 0:
        input[at] = static_cast<char>(next());
        break;
      case 1:
        input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        break;
      case 2:
        input.erase(at, 1 + below(20));
        break;
      case 3:
        input.insert(at, input.substr(below(input.size()), 1 + below(60)));
        break;
      case 4:
        input.resize(at + 1);
        break;
      case 5: {  // another talk's end
        const std::string& other = others[below(others.size())];
        input = input.substr(0, at) + other.substr(below(other.size()));
        break;
      }
      case 6:
        input[below(2)] = static_cast<char>(next());
        break;
      case 7:
        input.insert(at, frame());
        break;
    }
  }

  std::string frame() {
    const std::size_t length = below(20);
    std::string result(2, '\0');
    result.push_back(static_cast<char>(length));
    result.push_back(static_cast<char>(below(11)));
    result.push_back(static_cast<char>(below(4) == 0 ? next() : below(6)));
    result.append(3, '\0');
    result.push_back(static_cast<char>(below(12)));
    for (std::size_t i = 0; i < length; ++i) result.push_back(static_cast<char>(next()));
    return result;
  }

  std::uint64_t state_;
};

TEST(SessionFuzzTest, HonestTalksKeepEveryPromise) {
  for (const std::string& talk : sim::honest_talks()) {
    ASSERT_GT(talk.size(), 20u);
    sim::fuzz_session(talk);
  }
}

TEST(SessionFuzzTest, MutatedTalksKeepEveryPromise) {
  const std::vector<std::string> talks = sim::honest_talks();
  Mutator mutator(20'260'001);
  constexpr int inputs = 4000;
  for (int i = 0; i < inputs; ++i) sim::fuzz_session(mutator.mutate(talks[mutator.below(talks.size())], talks));
  std::printf("[   FUZZ   ] %d mutated talks\n", inputs);
}

TEST(SessionFuzzTest, RubbishOfEveryFirstByteIsSurvived) {
  for (int first = 0; first < 256; ++first) {
    for (const unsigned choices : {0u, 1u, 2u, 65u}) {
      std::string input{static_cast<char>(choices), '\0'};
      input.append(40, static_cast<char>(first));
      sim::fuzz_session(input);
    }
  }
}

}  // namespace
}  // namespace tikv::rpc
