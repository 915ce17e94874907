#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "testing/cluster_model.h"

namespace tikv::sandbox {

/// Random faults, always the same ones for the same seed.
struct ChaosOptions {
  std::uint64_t seed = 1;
  std::chrono::milliseconds interval{500};
  std::size_t stores = 3;
};

struct Options {
  testing::ClusterOptions cluster;
  bool stores_given = false;  // by the user, not by default
  bool api_given = false;
  std::vector<std::string> split_keys;  // instead of the even ones
  std::string data_dir;                 // empty: all is in memory
  int pd_port = 2379;
  bool report_on_stop = true;
  std::optional<ChaosOptions> chaos;
};

/// What the program shall do: run with the options, or end with this exit code (it has been said why).
struct Parsed {
  std::optional<Options> options;
  int exit_code = 0;
};
[[nodiscard]] Parsed parse_options(int argc, const char* const* argv);

/// The keys of a list like `a,b\x00,c\,d`. None, with the reason in `error`, where an escape is broken.
[[nodiscard]] std::optional<std::vector<std::string>> parse_keys(std::string_view list, std::string& error);

}  // namespace tikv::sandbox
