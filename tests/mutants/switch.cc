// Chooses the mutant of this process: TIKV_MUTANT names it. With TIKV_MUTANTS_MET=FILE instead, the file
// is told which test came by which mutant, so that only tests which meet a mutant are asked about it.
#include "mutants/switch.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

namespace tikv::mutants {

namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// Written at the end of each test, so that a program that ends abruptly has told nearly all.
class Record {
 public:
  void add(Name name) {
    const std::lock_guard lock(mutex_);  // tests with threads of their own come here, too
    if (!met_.emplace(name.number, name.text).second || listened_to_) return;
    ::testing::UnitTest::GetInstance()->listeners().Append(new Listener(*this));
    listened_to_ = true;
  }

 private:
  class Listener : public ::testing::EmptyTestEventListener {
   public:
    explicit Listener(Record& record) : record_(record) {}
    void OnTestEnd(const ::testing::TestInfo& test) override { record_.write(test); }

   private:
    Record& record_;
  };

  void write(const ::testing::TestInfo& test) {
    const std::lock_guard lock(mutex_);
    std::FILE* const file = std::fopen(variable("TIKV_MUTANTS_MET").c_str(), "a");
    if (file == nullptr) std::abort();
    for (const auto& [number, name] : met_) {
      std::fprintf(file, "%s.%s %s\n", test.test_suite_name(), test.name(), name);
    }
    std::fclose(file);
    met_.clear();
  }

  std::mutex mutex_;
  std::map<std::uint64_t, const char*> met_;
  bool listened_to_ = false;
};

}  // namespace

const std::uint64_t chosen = number_of(variable("TIKV_MUTANT"));
const bool recording = !variable("TIKV_MUTANTS_MET").empty();

void record(Name name) {
  static Record* const met = new Record;  // until the very end
  met->add(name);
}

}  // namespace tikv::mutants
