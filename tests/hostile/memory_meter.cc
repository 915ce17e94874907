#include "hostile/memory_meter.h"

#include <malloc.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> live{0};
std::atomic<std::size_t> highest{0};

void* counted(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  const std::size_t now = live += malloc_usable_size(memory);
  std::size_t before = highest;
  while (now > before && !highest.compare_exchange_weak(before, now)) {
  }
  return memory;
}

void forget(void* memory) noexcept {
  live -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
// Replaced too, since AddressSanitizer has these of its own, whose memory `forget` must not see.
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  try {
    return counted(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void* operator new[](std::size_t size, const std::nothrow_t& tag) noexcept { return operator new(size, tag); }
void operator delete(void* memory, const std::nothrow_t& /*tag*/) noexcept { forget(memory); }
void operator delete[](void* memory, const std::nothrow_t& /*tag*/) noexcept { forget(memory); }
void operator delete(void* memory) noexcept { forget(memory); }
void operator delete[](void* memory) noexcept { forget(memory); }
void operator delete(void* memory, std::size_t) noexcept { forget(memory); }
void operator delete[](void* memory, std::size_t) noexcept { forget(memory); }

namespace tikv::hostile {

std::size_t live_bytes() noexcept { return live; }

void MemoryMeter::begin() noexcept { highest = base_ = live; }

std::size_t MemoryMeter::peak() const noexcept { return highest > base_ ? highest - base_ : 0; }

void tell_memory(const char* test, std::size_t answer, std::size_t beside) {
  constexpr double mebibyte = 1 << 20;
  std::printf("[  MEMORY  ] %s: an answer of %.1f MiB, beside it %.2f MiB\n", test,
              static_cast<double>(answer) / mebibyte, static_cast<double>(beside) / mebibyte);
}

}  // namespace tikv::hostile
