#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "region/region.h"
#include "region/store_health.h"
#include "region/verdict.h"

namespace tikv::region {

/// Which peer of a region to ask, over the attempts of one request. Pure bookkeeping: it begins with
/// the leader that the cache knows, follows those who know better, and goes round the other peers when
/// the leader does not answer, since they know first who won an election.
class PeerChoice {
 public:
  /// What follows from a verdict.
  struct Step {
    bool pause = false;   ///< wait as the verdict says before the next attempt
    bool reload = false;  ///< no peer is worth another try: look the region up anew
  };

  /// The region as the cache knows it now. Another one, another version or other peers start anew; a
  /// leader that somebody else found is taken.
  void look_at(const Region& region);
  /// Whether somebody was asked already: from then on answers lead the way.
  [[nodiscard]] bool has_asked() const noexcept;
  /// How the stores of the peers stand. A leader that could not be reached a moment ago, or is silent, is not
  /// asked first, if there is somebody else who may know a new one; of the others the best is asked first.
  void weigh(const Region& region, const std::vector<Standing>& standings);
  /// Index into the region's peers.
  [[nodiscard]] std::size_t current() const noexcept { return current_; }
  /// The attempt at the current peer ended like this.
  [[nodiscard]] Step after(const Verdict& verdict, const Region& region);

 private:
  static constexpr std::uint32_t most_attempts = 10;  // at one peer, before its region is looked up anew
  static constexpr std::uint32_t busy_before_others = 2;

  struct Trial {
    std::uint64_t peer = 0;
    std::uint32_t attempts = 0;
    std::uint32_t busy = 0;  ///< in a row
    bool failed = false;     ///< did not answer, or knew nothing
    Standing standing = Standing::well;
  };

  void start_anew(const Region& region);
  void list_peers(const Region& region);
  /// Peers that are down are left out of a region, and come back, without a new version of it.
  [[nodiscard]] bool has_other_peers(const Region& region) const noexcept;
  /// Makes a peer that was not asked yet, of the best there are, the current one.
  [[nodiscard]] bool take_fresh_peer();
  [[nodiscard]] Step follow(std::uint64_t leader_store, const Region& region);

  std::uint64_t region_ = 0;
  Epoch epoch_;
  std::size_t leader_ = 0;  // as the cache knew it when it was last looked at
  std::size_t current_ = 0;
  std::vector<Trial> peers_;  // filled by the first attempt that fails
};

}  // namespace tikv::region
