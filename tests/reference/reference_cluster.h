#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/child_process.h"

namespace tikv::test {

struct ReferenceOptions {
  int stores = 3;
  int members = 1;  ///< of PD
};

/// A region as the stores know it. Bounds are the bytes that PD has.
struct ReferenceRegion {
  std::uint64_t id = 0;
  std::uint64_t leader = 0;  ///< its store
  std::uint64_t version = 0;
  std::string start;
  std::string end;
  std::vector<std::uint64_t> stores;
};

/// The real PD, and stores over TiDB's unistore, while a test runs. What is real in it and what is ours:
/// README.md. All ports are on 127.0.0.1 and new ones; processes and files are gone when it is destroyed,
/// the processes also when the test crashes.
///
/// Commands return false where something is not possible. PD has schedulers of its own and cuts regions
/// itself soon after the start: tests rely on no number, id or leader that they did not ask for just now.
class ReferenceCluster {
 public:
  /// False where the programs were not built: there is no Go.
  [[nodiscard]] static bool available();

  explicit ReferenceCluster(ReferenceOptions options = {});
  ~ReferenceCluster();
  ReferenceCluster(const ReferenceCluster&) = delete;
  ReferenceCluster& operator=(const ReferenceCluster&) = delete;

  /// Why it did not start; empty if it did.
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
  /// Addresses of PD's members, separated by commas.
  [[nodiscard]] std::string pd() const;
  [[nodiscard]] const std::vector<std::uint64_t>& stores() const noexcept { return stores_; }

  /// All regions in the order of their keys.
  [[nodiscard]] std::vector<ReferenceRegion> regions() const;
  [[nodiscard]] ReferenceRegion region_of(std::string_view key) const;
  bool split(std::string_view key) const;
  /// At the key as it is encoded for transactions and API version 2; with version 2 the key begins with 'r' and
  /// the three bytes of the keyspace.
  bool split_encoded(std::string_view key) const;
  /// Neighbours. PD undoes merges across its own bounds.
  bool merge(std::uint64_t from, std::uint64_t into) const;
  bool transfer_leader(std::uint64_t region, std::uint64_t store) const;
  /// Closes its port and every connection. What it leads moves at once, or stays without a leader.
  bool stop_store(std::uint64_t store, bool keep_leaders = false) const;
  /// On the same port.
  bool start_store(std::uint64_t store) const;

  /// A keyspace for API version 2, beside DEFAULT. PD cuts regions at its bounds a moment later.
  [[nodiscard]] bool create_keyspace(const std::string& name) const;

  /// Number of the member that leads PD, from 1; 0 if nobody says so.
  [[nodiscard]] int pd_leader() const;
  /// Asks PD's leader to give up; another member follows one to two seconds later.
  bool resign_pd_leader() const;
  /// Without a farewell; the others notice after three to six seconds.
  void kill_member(int member);
  /// After `kill_member`: again, with its data. Does not wait for it.
  void start_member(int member);
  /// Stops it where it is, connections open; `thaw_member` lets it go on.
  void freeze_member(int member) const;
  void thaw_member(int member) const;

 private:
  struct Member {
    std::string name;
    std::string address;
    std::vector<std::string> command;
    std::unique_ptr<ChildProcess> process;
  };

  void name_members(int count);
  bool start_members();
  bool start_stores(int count);
  [[nodiscard]] bool admin(const std::string& command) const;

  std::filesystem::path folder_;
  std::vector<Member> members_;
  std::unique_ptr<ChildProcess> kv_;
  std::string admin_;
  std::vector<std::uint64_t> stores_;
  std::string failure_;
};

}  // namespace tikv::test
