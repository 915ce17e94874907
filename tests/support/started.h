#pragma once

#include <exception>
#include <optional>
#include <utility>

#include "tikv/task.h"

namespace tikv::test {

/// A task that was started at once, and what came of it.
template <class T>
struct Started {
  explicit Started(Task<T> task)
      : root(std::move(task), [this](Result<T> outcome, std::exception_ptr thrown) {
          result.emplace(std::move(outcome));
          exception = std::move(thrown);
        }) {
    root.start([] {});
  }
  [[nodiscard]] bool ended() const noexcept { return result.has_value(); }

  std::optional<Result<T>> result;
  std::exception_ptr exception;
  detail::Root<T> root;
};

}  // namespace tikv::test
