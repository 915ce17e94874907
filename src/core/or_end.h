#pragma once

#include <new>

#include "tikv/error.h"

namespace tikv::core {

/// Runs what would leave something broken behind if it found no memory; then the process ends. That is so of
/// protobuf's repeated fields, which count an element before they have it, and of parsing, which adds to them.
template <class Work>
decltype(auto) or_end(const Work& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    detail::end_out_of_memory();
  }
}

}  // namespace tikv::core
