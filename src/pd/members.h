#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pd/address_book.h"
#include "tikv/result.h"
#include "wire/pdpb.h"

namespace tikv::pd {

/// `http://pd1:2379` → `pd1:2379`: members tell their addresses as URLs.
[[nodiscard]] std::string_view address_of_url(std::string_view url) noexcept;

/// What a client knows of the members of the placement driver. Pure bookkeeping.
///
/// A member may tell several addresses, of which some may not be reachable from here, and the user may
/// have given one that no member tells: all of them count, and what answered is preferred. Nothing that
/// was learnt is dropped before something newer takes its place.
class Members {
 public:
  /// `expected_cluster` 0 takes the cluster of the first answer.
  Members(std::vector<std::string> configured, std::uint64_t expected_cluster, core::AddressMap map = {});

  [[nodiscard]] std::uint64_t cluster_id() const noexcept { return cluster_id_; }
  /// Address of the leader; empty if unknown.
  [[nodiscard]] const std::string& leader() const noexcept { return leader_; }
  /// Who said so.
  [[nodiscard]] const std::string& told_by() const noexcept { return told_by_; }
  /// Addresses worth asking who leads, without repetition: those that PD told, then those configured.
  [[nodiscard]] std::vector<std::string> candidates() const;
  /// The addresses of all members, with commas.
  [[nodiscard]] std::string in_words() const;

  /// Takes an answer of `asked`. An error if it is of another cluster, says that it failed, or names
  /// no leader.
  Result<void> learn(std::string_view asked, const wire::pdpb::GetMembersResponse& answer);
  /// The leader did not behave like one.
  void forget_leader() noexcept { leader_.clear(); }

  /// The addresses that the leader tells.
  [[nodiscard]] const std::vector<std::string>& leader_addresses() const noexcept { return leader_addresses_; }
  /// Is it clear at which address to ask the leader? If not, whether its own ones answer will tell.
  [[nodiscard]] bool leader_is_clear() const;
  /// Takes the best address for the leader: one of its own that answers; else one that the user gave, which
  /// answers and is no other member's; else its first.
  void choose_leader();
  /// Somebody answered at that address / nobody did, or not as the leader.
  void note_answered(const std::string& address) { answering_.insert(address); }
  void note_failed(const std::string& address);

  [[nodiscard]] AddressBook& addresses() noexcept { return addresses_; }

 private:
  [[nodiscard]] bool is_told(std::string_view address) const;
  /// Configured addresses at which somebody answers who may be the leader.
  [[nodiscard]] std::string stand_in() const;

  AddressBook addresses_;
  std::vector<std::string> configured_;
  std::vector<std::string> told_;
  std::vector<std::string> leader_addresses_;
  std::uint64_t leader_id_ = 0;
  std::string leader_;
  std::string told_by_;
  std::set<std::string, std::less<>> answering_;
  std::set<std::string, std::less<>> not_the_leader_;  // of the configured ones
  std::uint64_t cluster_id_;
};

}  // namespace tikv::pd
