#pragma once

#include <cassert>
#include <memory>
#include <type_traits>
#include <utility>

namespace tikv::wire {

/// An optional value on the heap, with the interface of std::optional: for sub-messages that are large and
/// seldom there, for those of which one alone is set, and for those that contain themselves.
template <class T>
class Box {
 public:
  Box() noexcept = default;
  Box(T value) : value_(std::make_unique<T>(std::move(value))) {}  // as std::optional has it
  Box(const Box& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Box(Box&&) noexcept = default;
  Box& operator=(const Box& other) {
    if (this != &other) value_ = other.value_ ? std::make_unique<T>(*other.value_) : nullptr;
    return *this;
  }
  Box& operator=(Box&&) noexcept = default;
  template <class U = T>
    requires(!std::is_same_v<std::remove_cvref_t<U>, Box> && std::is_assignable_v<T&, U>)
  Box& operator=(U&& value) {
    value_ = std::make_unique<T>(std::forward<U>(value));
    return *this;
  }
  ~Box() = default;

  [[nodiscard]] bool has_value() const noexcept { return value_ != nullptr; }
  explicit operator bool() const noexcept { return value_ != nullptr; }

  T& operator*() & noexcept { return held(); }
  const T& operator*() const& noexcept { return held(); }
  T&& operator*() && noexcept { return std::move(held()); }
  T* operator->() noexcept { return &held(); }
  const T* operator->() const noexcept { return &held(); }

  T& emplace() {
    value_ = std::make_unique<T>();
    return *value_;
  }
  void reset() noexcept { value_.reset(); }

  friend bool operator==(const Box& left, const Box& right) {
    return left.value_ && right.value_ ? *left == *right : !left.value_ == !right.value_;
  }

 private:
  T& held() const noexcept {
    assert(value_ != nullptr);  // as the standard library's own optional, in builds that look
    return *value_;
  }

  std::unique_ptr<T> value_;
};

/// Is a `T` a Box?
template <class T>
inline constexpr bool is_box = false;
template <class T>
inline constexpr bool is_box<Box<T>> = true;

}  // namespace tikv::wire
