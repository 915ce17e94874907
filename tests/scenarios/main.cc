// Every scenario on one backend: `scenario_tests simulator 2`, `scenario_tests sandbox 1ttl 7.1`,
// `scenario_tests reference`. Prints how many ran, and why others did not.

#include <iostream>
#include <map>

#include "scenarios/stage.h"

namespace tikv::scenarios {

namespace {

struct Counts {
  std::size_t played = 0;
  std::size_t refusals = 0;
  std::map<std::string, std::size_t> absent;
};

std::string need_that_is_missing(const Backend& backend, const Scenario& scenario, Need& missing) {
  for (const Need need : scenario.needs) {
    missing = need;
    if (std::string why = backend.lacks(need); !why.empty()) return why;
  }
  return {};
}

class ScenarioTest : public ::testing::Test {
 public:
  ScenarioTest(Backend& backend, Counts& counts, const Scenario& scenario)
      : backend_(backend), counts_(counts), scenario_(scenario) {}

  void TestBody() override {
    Stage stage(backend_, scenario_.name);
    Need missing{};
    const std::string why = need_that_is_missing(backend_, scenario_, missing);
    if (why.empty()) {
      ++counts_.played;
      return scenario_.play(stage);
    }
    ++counts_.absent[std::string(name_of(missing)) + ": " + why];
    ++counts_.refusals;
    expect_refused(stage, missing);
  }

 private:
  Backend& backend_;
  Counts& counts_;
  const Scenario& scenario_;
};

std::vector<Scenario> all_scenarios() {
  std::vector<Scenario> all;
  for (const auto& table :
       {single_key_scenarios(), batch_scenarios(), scan_scenarios(), scanner_scenarios(), range_scenarios(),
        ttl_scenarios(), compare_and_swap_scenarios(), cluster_scenarios(), option_scenarios()}) {
    all.insert(all.end(), table.begin(), table.end());
  }
  return all;
}

std::unique_ptr<Backend> make_backend(const std::vector<std::string>& words) {
  const std::string kind = words.empty() ? "" : words[0];
  if (kind == "simulator" && words.size() == 2) return make_simulator(words[1]);
  if (kind == "sandbox" && words.size() == 3) return make_sandbox({words[2], words[1]});
  if (kind == "reference" && words.size() == 1) return make_reference();
  return nullptr;
}

int run(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  const std::unique_ptr<Backend> backend = make_backend({argv + 1, argv + argc});
  if (!backend) {
    std::cerr << "usage: scenario_tests simulator API | sandbox API COMPAT | reference (which must have been built)\n";
    return 2;
  }
  const std::vector<Scenario> scenarios = all_scenarios();
  Counts counts;
  for (const Scenario& scenario : scenarios) {
    ::testing::RegisterTest("Scenarios", std::string(scenario.name).c_str(), nullptr, nullptr, __FILE__, __LINE__,
                            [&]() -> ::testing::Test* { return new ScenarioTest(*backend, counts, scenario); });
  }
  const int failed = RUN_ALL_TESTS();
  std::cout << "scenarios on " << backend->name() << ": " << counts.played << " of " << scenarios.size() << " played\n";
  for (const auto& [why, times] : counts.absent) std::cout << "  " << times << " refused instead, " << why << '\n';
  return failed;
}

}  // namespace

}  // namespace tikv::scenarios

int main(int argc, char** argv) { return tikv::scenarios::run(argc, argv); }
