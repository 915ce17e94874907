#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "foreign/foreign_client.h"
#include "sandbox/running_sandbox.h"
#include "tikv/raw_client.h"

namespace tikv::test {

/// Where a published client is known to be wrong, or different: found in its source, not excused by it.
struct ForeignHabits {
  /// A reverse scan over several regions gives them in ascending order (each in itself is right).
  bool reverse_scans_stay_in_a_region = false;
  /// The limit of a batch_scan counts in each region of a range anew.
  bool batch_scan_limits_regions = false;
  /// A scan that reaches the last region begins again at the first key, until its limit is reached.
  bool scans_wrap_around = false;
  /// What the stores refuse is tried again until its time is over: not asked for, it would take long.
  bool tries_refused_writes_again = false;
  /// A scan that meets a region error leaves the pairs of that region out, without a word.
  bool scans_skip_changed_regions = false;
};

/// What the stores are like.
struct StoreRules {
  bool have_ttl = true;
  bool have_families = true;
  std::string stored_prefix;  ///< what stores have before each key, and count in checksums
};

/// Our clients: one for everything, and one in atomic mode.
struct OurClients {
  const RawClient& plain;
  const RawClient& atomic;
};

/// Lets a foreign client and ours work on the same keys of a sandbox whose regions move, and compares
/// every answer of both with what must be there. Throws `WrongAnswer` at the first that is wrong.
class Judge {
 public:
  Judge(RunningSandbox& sandbox, ForeignClient& theirs, OurClients ours, ForeignHabits habits);

  /// Everything that the client has verbs for.
  void run_all(const StoreRules& rules);

  [[nodiscard]] std::size_t own_operations() const noexcept { return own_operations_; }
  [[nodiscard]] std::size_t region_changes() const noexcept { return region_changes_; }

 private:
  using Truth = std::map<std::string, std::string>;

  void single_keys();
  void values_of_all_kinds();
  void batches();
  void scans();
  void reverse_scans();
  void batch_scans();
  void deleted_ranges();
  void column_families();
  void refused_families();
  void compare_and_swap();
  void swaps_of_both();
  void put_if_absent();
  void atomic_writes();
  void checksums(const std::string& stored_prefix);
  void ttl();
  void refused_ttl();
  /// A write that the stores do not take: the client must say so.
  void expect_refusal(const std::string& what, const std::function<void()>& write);
  void coprocessor();
  void moving_regions();
  void both_at_once();

  void their_put(const std::string& key, const std::string& value);
  void our_put(const std::string& key, const std::string& value);
  void check_key(const std::string& key);
  void check_range(const std::string& start, const std::string& end);
  /// Some pairs in all regions, so that scans have something to find.
  void fill(const std::string& value);
  [[nodiscard]] Pairs expected(const std::string& start, const std::string& end, std::size_t limit) const;
  void command(const std::vector<std::string>& words);

  template <class T>
  T own(Result<T> result, const std::string& what) {
    ++own_operations_;
    if (!result) throw WrongAnswer("our " + what + ": " + std::string(result.error().message()));
    if constexpr (!std::is_void_v<T>) return *std::move(result);
  }

  RunningSandbox& sandbox_;
  ForeignClient& theirs_;
  OurClients ours_;
  ForeignHabits habits_;
  Truth truth_;
  std::size_t own_operations_ = 0;
  std::size_t region_changes_ = 0;
};

}  // namespace tikv::test
