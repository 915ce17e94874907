// A unit test of code that uses TiKV: no server, no waiting, and anything may go wrong.
#include <tikv/testing.h>

#include <cstdlib>
#include <iostream>
#include <string>

using tikv::testing::Cluster;
using tikv::testing::Fault;
using tikv::testing::Requests;

// The code under test: counts the visits of a user.
tikv::Result<int> count_visit(const tikv::RawClient& client, const std::string& user) {
  const auto before = client.get("visits/" + user);
  if (!before) return before.error();
  const int visits = std::stoi(before->value_or("0")) + 1;
  // Not sent a second time by itself: it might overwrite what somebody else has counted meanwhile.
  const auto put = client.put("visits/" + user, std::to_string(visits), {.resend = tikv::Resend::never});
  if (!put) return put.error();
  return visits;
}

void expect(bool as_it_should_be, const Cluster& cluster, const std::string& what) {
  if (as_it_should_be) return;
  std::cerr << "FAILED: " << what << "\nwhat happened:\n" << cluster.log();
  std::exit(1);
}

int main() {
  //! [testing]
  Cluster cluster({.seed = 7, .stores = 3, .regions = 4});
  const tikv::RawClient client = cluster.raw_client().value();
  expect(count_visit(client, "ada").value() == 1, cluster, "the first visit");

  // The region splits, its leader moves, the store that led it dies: nobody should notice.
  cluster.split("visits/b").value();
  cluster.move_leader("visits/ada", cluster.stores().back()).value();
  expect(count_visit(client, "ada").value() == 2, cluster, "a leader that moved");
  cluster.stop_store(cluster.leader_of("visits/ada")).value();
  expect(count_visit(client, "ada").value() == 3, cluster, "a store that died");

  // A lost answer: the caller must hear that the visit may have been counted.
  cluster.fail_next(Fault::answer_lost, Requests::writes);
  const auto lost = count_visit(client, "ada");
  expect(!lost && lost.error().undetermined(), cluster, "a lost answer is no failure");
  expect(client.get("visits/ada").value() == "4", cluster, "it was counted");

  // Time is virtual: twenty seconds of silence take none.
  cluster.fail_next(Fault::silence, Requests::reads, 100);
  expect(client.get("visits/ada").error().kind() == tikv::ErrorKind::deadline_exceeded, cluster, "a silent store");
  cluster.clear_faults();
  cluster.advance(std::chrono::hours(1));
  //! [testing]
  expect(cluster.elapsed() > std::chrono::hours(1), cluster, "time travel");
  std::cout << "all as it should be, after " << cluster.elapsed().count() / 1'000'000 << " s of virtual time\n";
}
