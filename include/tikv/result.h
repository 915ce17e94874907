#pragma once

/// @file
/// `Result<T>`: a value or an `Error`.

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "tikv/error.h"

namespace tikv {
inline namespace v0 {

/// The outcome of a call: a `T`, or the `Error` that kept us from it.
///
/// @code
/// auto greeting = client.get("greeting");
/// if (!greeting) return greeting.error();
/// use(*greeting);
/// @endcode
///
/// @par Thread safety
/// That of `T`; an `Error` is immutable.
/// @par Cost
/// `sizeof(T)` plus a tag; no allocation of its own.
/// @par Errors
/// `*` and `->` on a result that holds an error, and `error()` on one that holds a value, end the
/// process with one line on stderr that tells what it holds, in every build. `value()` throws instead.
template <class T>
class [[nodiscard]] Result {
  static_assert(!std::is_reference_v<T>, "a Result holds a value, not a reference");
  static_assert(!std::is_same_v<std::remove_cv_t<T>, Error>, "Result<Error> is ambiguous");

 public:
  using value_type = T;

  /// A success that holds `value`.
  template <class U = T>
    requires(std::is_constructible_v<T, U &&> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error>)
  // `return value;` is the point of being implicit; the constraint keeps it off copies and moves.
  // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload)
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}

  /// A failure.
  Result(Error error)  // NOLINT(google-explicit-constructor): `return error;` is the point
      : state_(std::in_place_index<1>, std::move(error)) {}

  /// True if there is a value.
  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  /// True if there is a value.
  explicit operator bool() const noexcept { return has_value(); }

  /// The value; ends the process if there is none.
  [[nodiscard]] T& operator*() & noexcept { return held(); }
  [[nodiscard]] const T& operator*() const& noexcept { return held(); }
  [[nodiscard]] T&& operator*() && noexcept { return std::move(held()); }
  [[nodiscard]] T* operator->() noexcept { return &held(); }
  [[nodiscard]] const T* operator->() const noexcept { return &held(); }

  /// The value; throws `Exception` with the error if there is none.
  [[nodiscard]] T& value() & {
    if (!has_value()) detail::throw_error(error());
    return **this;
  }
  [[nodiscard]] const T& value() const& {
    if (!has_value()) detail::throw_error(error());
    return **this;
  }
  [[nodiscard]] T value() && {
    if (!has_value()) detail::throw_error(error());
    return std::move(**this);
  }

  /// The value, or `fallback` if there is none.
  template <class U>
  [[nodiscard]] T value_or(U&& fallback) const& {
    return has_value() ? **this : static_cast<T>(std::forward<U>(fallback));
  }
  template <class U>
  [[nodiscard]] T value_or(U&& fallback) && {
    return has_value() ? std::move(**this) : static_cast<T>(std::forward<U>(fallback));
  }

  /// The error; ends the process if there is a value.
  [[nodiscard]] const Error& error() const noexcept {
    const Error* const error = std::get_if<1>(&state_);
    if (error == nullptr) [[unlikely]]
      detail::refuse_error();
    return *error;
  }

 private:
  [[nodiscard]] T& held() noexcept { return const_cast<T&>(std::as_const(*this).held()); }
  [[nodiscard]] const T& held() const noexcept {
    const T* const value = std::get_if<0>(&state_);
    if (value == nullptr) [[unlikely]]
      detail::refuse_value(std::get_if<1>(&state_));
    return *value;
  }

  std::variant<T, Error> state_;
};

/// The outcome of a call that answers nothing: success, or the `Error`.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  /// A success.
  Result() noexcept = default;

  /// A failure.
  Result(Error error)  // NOLINT(google-explicit-constructor): `return error;` is the point
      : error_(std::move(error)) {}

  /// True if the call succeeded.
  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  /// True if the call succeeded.
  explicit operator bool() const noexcept { return has_value(); }

  /// Nothing; throws `Exception` with the error if the call failed.
  void value() const {
    if (error_) detail::throw_error(*error_);
  }

  /// The error; ends the process if the call succeeded.
  [[nodiscard]] const Error& error() const noexcept {
    if (!error_) [[unlikely]]
      detail::refuse_error();
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace v0
}  // namespace tikv
