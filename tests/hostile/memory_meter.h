#pragma once

#include <cstddef>

namespace tikv::hostile {

/// Bytes that this program has allocated and not freed: every `operator new` of the test binary counts.
[[nodiscard]] std::size_t live_bytes() noexcept;

/// How far the memory rose above where it stood when the meter was made, or begun anew.
class MemoryMeter {
 public:
  MemoryMeter() noexcept { begin(); }
  void begin() noexcept;
  [[nodiscard]] std::size_t peak() const noexcept;

 private:
  std::size_t base_ = 0;
};

/// Prints what an answer of so many bytes cost a test beside its own bytes: docs/limits.md has the figures.
void tell_memory(const char* test, std::size_t answer, std::size_t beside);

}  // namespace tikv::hostile
