// The test of a library that uses the client: both libraries, tikv::client and tikv::testing, may be in this
// process, and calls of either side meet objects of the other.
#include <tikv/testing.h>
#include <tikv/version.h>

#include <cstring>
#include <iostream>

#include "orders.h"

namespace {

int failures = 0;

void expect(bool right, const char* what) {
  if (right) return;
  std::cerr << "wrong: " << what << '\n';
  ++failures;
}

/// What the library under test throws is caught here by its type.
bool throws_in_time(const tikv::RawClient& client) {
  try {
    (void)orders::orders_of(client, "ada");
  } catch (const tikv::Exception& thrown) {
    return thrown.error().kind() == tikv::ErrorKind::deadline_exceeded;
  }
  return false;
}

}  // namespace

int main() {
  using tikv::testing::Fault;
  using tikv::testing::Requests;
  expect(std::strcmp(tikv::library_version(), TIKV_VERSION) == 0, "headers and library are of one version");
  tikv::testing::Cluster cluster({.seed = 3, .stores = 3, .regions = 2});
  const tikv::RawClient client = cluster.raw_client().value();
  expect(orders::count_order(client, "ada").value() == 1, "the first order");
  expect(client.async().run(orders::count_order(client.async(), "ada")).value() == 2, "the second one, by a coroutine");
  cluster.fail_next(Fault::answer_lost, Requests::writes);
  expect(orders::count_order(client, "ada").value() == 3, "a lost answer is repeated");
  cluster.fail_next(Fault::silence, Requests::reads, 100);
  expect(throws_in_time(client), "a silent store");
  cluster.clear_faults();
  expect(orders::orders_of(client, "ada") == 3, "what was counted");
  expect(!tikv::RawClient::connect("this is no address"), "a client of the real network");
  return failures == 0 ? 0 : 1;
}
