// A program with messages of its own under TiKV's names, next to our library. Both must work: first
// its own messages, then the library against a cluster, then its own again.
#include <iostream>
#include <string>

#include "host_clash/kvrpcpb.pb.h"
#include "sandbox/running_sandbox.h"
#include "tikv/error.h"
#include "tikv/raw_client.h"

namespace {

int failures = 0;

void expect(bool holds, const std::string& what) {
  if (holds) return;
  std::cerr << "failed: " << what << '\n';
  ++failures;
}

void use_own_messages() {
  kvrpcpb::RawGetRequest request;
  request.add_weights(0.5);
  request.mutable_get()->set_user("host");
  request.mutable_get()->add_numbers(-7);
  (*request.mutable_get()->mutable_contexts())["here"].add_visited("there");
  kvrpcpb::RawGetRequest copy;
  expect(copy.ParseFromString(request.SerializeAsString()), "the host's message can be decoded");
  expect(copy.DebugString() == request.DebugString(), "the host's message is what it was");
  expect(kvrpcpb::GetRequest::descriptor()->field_count() == 3, "the host's descriptor is the host's");
}

void use_library(const std::string& pd) {
  auto client = tikv::RawClient::connect(pd);
  if (!client) return expect(false, "connect: " + client.error().message());
  const auto put = client->put("key", "value");
  expect(put.has_value(), "put");
  const auto got = client->get("key");
  expect(got.has_value() && *got == "value", "get what was put");
}

}  // namespace

int main() {
  use_own_messages();
  const tikv::Error error(tikv::ErrorKind::unavailable, "an error of the library");
  expect(error.message() == "an error of the library", "the library's error");
  {
    tikv::test::RunningSandbox sandbox;
    expect(!sandbox.pd().empty(), "the sandbox runs");
    if (!sandbox.pd().empty()) use_library(sandbox.pd());
  }
  use_own_messages();
  if (failures == 0) std::cout << "host and library live together\n";
  return failures == 0 ? 0 : 1;
}
