// A part of a program that comes and goes: meets a cluster by a name that nobody answers for.
#include <chrono>

#include "tikv/raw_client.h"

extern "C" __attribute__((visibility("default"))) int use_the_library() {
  tikv::ClientOptions options;
  options.pd_addresses = {"a.name:2379"};
  options.connect_timeout = std::chrono::milliseconds(50);
  return tikv::RawClient::connect(options) ? 1 : 0;
}
