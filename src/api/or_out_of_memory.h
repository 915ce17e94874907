#pragma once

#include <new>
#include <type_traits>

#include "tikv/error.h"

namespace tikv {
inline namespace v0 {
namespace detail {

/// What a blocking call does before it has handed anything over: where there is no memory for it, an error.
template <class Call>
std::invoke_result_t<const Call&> or_out_of_memory(const Call& call) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return out_of_memory(false);
  }
}

}  // namespace detail
}  // namespace v0
}  // namespace tikv
