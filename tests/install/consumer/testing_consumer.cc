// Uses the installed testing library as a user's unit test does.
#include <tikv/testing.h>

#include <iostream>

int main() {
  tikv::testing::Cluster cluster({.seed = 3, .stores = 3, .regions = 2});
  const tikv::RawClient client = cluster.raw_client().value();
  client.put("key", "value").value();
  cluster.fail_next(tikv::testing::Fault::answer_lost, tikv::testing::Requests::writes);
  const auto lost = client.put("key", "other", {.resend = tikv::Resend::never});
  if (lost || !lost.error().undetermined() || client.get("key").value() != "other") {
    std::cerr << cluster.log();
    return 1;
  }
  return 0;
}
