#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tikv/result.h"
#include "wire/pdpb.pb.h"

namespace tikv::pd {

/// `http://pd1:2379` → `pd1:2379`: members tell their addresses as URLs.
[[nodiscard]] std::string_view address_of_url(std::string_view url) noexcept;

/// What a client knows of the members of the placement driver. Pure bookkeeping.
class Members {
 public:
  /// `expected_cluster` 0 takes the cluster of the first answer.
  Members(std::vector<std::string> configured, std::uint64_t expected_cluster);

  [[nodiscard]] std::uint64_t cluster_id() const noexcept { return cluster_id_; }
  /// Address of the leader; empty if unknown.
  [[nodiscard]] const std::string& leader() const noexcept { return leader_; }
  /// Addresses worth asking who leads, without repetition: those that PD told, then those configured.
  [[nodiscard]] std::vector<std::string> candidates() const;

  /// Takes an answer of `asked`. An error if it is of another cluster, says that it failed, or names
  /// no leader.
  Result<void> learn(std::string_view asked, const wire::pdpb::GetMembersResponse& answer);
  /// The leader did not behave like one.
  void forget_leader() noexcept { leader_.clear(); }

 private:
  std::vector<std::string> configured_;
  std::vector<std::string> told_;
  std::string leader_;
  std::uint64_t cluster_id_;
};

}  // namespace tikv::pd
