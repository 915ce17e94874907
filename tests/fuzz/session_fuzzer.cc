// libFuzzer: arbitrary bytes of a server against the transport. Needs no corpus: the mutator begins
// from talks of honest servers.
//   session_fuzzer -max_len=8192 -max_total_time=600

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "support/rpc/session_fuzz.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tikv::rpc::sim::fuzz_session({reinterpret_cast<const char*>(data), size});
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  static const std::vector<std::string> talks = tikv::rpc::sim::honest_talks();
  if (size < 3 || seed % 64 == 0) {
    const std::string& talk = talks[seed / 64 % talks.size()];
    size = std::min(talk.size(), max_size);
    std::memcpy(data, talk.data(), size);
  }
  return LLVMFuzzerMutate(data, size, max_size);
}
