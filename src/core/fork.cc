#include "core/fork.h"

#include <pthread.h>

#include <atomic>

namespace tikv::core {
namespace {

std::atomic<std::uint64_t> generation{0};  // constant-initialized: valid before any constructor runs

extern "C" void tikv_count_fork() { generation.fetch_add(1, std::memory_order_relaxed); }

// When the library is loaded, so that no thread ever registers the handler while another forks.
[[maybe_unused]] const int registered = pthread_atfork(nullptr, nullptr, &tikv_count_fork);

}  // namespace

std::uint64_t fork_generation() noexcept { return generation.load(std::memory_order_relaxed); }

}  // namespace tikv::core
