#pragma once

#include <sys/resource.h>

namespace tikv::benchmarks {

/// CPU time of this process so far, microseconds.
struct Usage {
  double user = 0;
  double system = 0;
};

inline Usage usage_now() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto micros = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return {micros(usage.ru_utime), micros(usage.ru_stime)};
}

}  // namespace tikv::benchmarks
