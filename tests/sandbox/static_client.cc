// A program that leaves its client to the end of the process: a static object, `std::exit`, a call
// still under way. It must end by itself, with its own exit code.

#include <cstdlib>
#include <optional>

#include "tikv/raw_client.h"

namespace {
std::optional<tikv::RawClient> client;
}

int main(int argc, char** argv) {
  if (argc < 2) return 1;
  client.emplace(tikv::RawClient::connect(argv[1]).value());
  client->put("static", "value").value();
  client->async().spawn<void>(client->async().put("static", "later"), nullptr);
  std::exit(7);
}
