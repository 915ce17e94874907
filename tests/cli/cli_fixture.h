#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "sandbox/running_sandbox.h"

namespace tikv::test {

/// tikv-cli on a sandbox of its own, and a folder for files.
class CliTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_FALSE(sandbox.pd().empty());
    ASSERT_TRUE(std::filesystem::create_directories(folder));
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  [[nodiscard]] std::vector<std::string> command(const std::vector<std::string>& words) const {
    std::vector<std::string> whole{TIKV_PROGRAMS "/tikv-cli", "--pd", sandbox.pd()};
    whole.insert(whole.end(), words.begin(), words.end());
    return whole;
  }
  [[nodiscard]] Ended cli(const std::vector<std::string>& words) const { return run_to_end(command(words)); }
  /// A line for a shell, in which $CLI stands for the program and its address; with its errors.
  [[nodiscard]] Ended sh(const std::string& line) const {
    return run_to_end(
        {"/bin/sh", "-c",
         "CLI='" TIKV_PROGRAMS "/tikv-cli --pd " + sandbox.pd() + "'; cd '" + folder + "'; (" + line + ") 2>&1"});
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder + "/" + name; }
  void write_file(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }
  [[nodiscard]] std::string read_file(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  RunningSandbox sandbox;
  const std::string folder = ::testing::TempDir() + "cli_test." + std::to_string(getpid());
};

}  // namespace tikv::test
