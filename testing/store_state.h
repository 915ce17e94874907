#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "core/time.h"
#include "testing/abilities.h"
#include "wire/metapb.h"

namespace tikv::testing {

namespace metapb = wire::metapb;

/// What a store has done so far, in keys: a batch of ten counts as ten.
struct StoreStatistics {
  std::uint64_t requests = 0;
  std::uint64_t keys_read = 0;
  std::uint64_t keys_written = 0;
  /// Region errors that it has answered, by their names.
  std::map<std::string, std::uint64_t, std::less<>> region_errors;
};

/// How a store serves. The defaults are those of a healthy one.
struct StoreBehaviour {
  core::Duration apply_delay{};   ///< before a request is served at all
  core::Duration answer_delay{};  ///< between serving and answering, at most: at least half of it
  /// Refuses every request with ServerIsBusy.
  bool busy = false;
  std::uint32_t estimated_wait_ms = 0;  ///< what it says then; 0: it cannot tell
  /// What it says of itself in batches of commands: 1 is healthy, 100 as slow as can be.
  std::int32_t slow_score = 1;
  std::uint64_t transport_load = 0;  ///< CPU of its gRPC threads, per cent
  /// So many of the next commands in batches are not served and answered with nothing, as a store
  /// does that does not know them.
  std::uint32_t empty_answers = 0;
  /// Another cluster's store has taken its address, with the same id; 0: it is the cluster's own.
  std::uint64_t other_cluster = 0;
};

struct StoreState {
  metapb::Store meta;
  Abilities abilities;  ///< of its version
  bool running = true;
  /// Each start is a new process: what an earlier one was asked it does not answer.
  std::uint64_t incarnation = 1;
  std::uint64_t health_reports = 0;
  StoreBehaviour behaviour;
  StoreStatistics statistics;

  void set_version(const std::string& version) {
    meta.version = version;
    abilities = abilities_of(version);
  }
};

}  // namespace tikv::testing
