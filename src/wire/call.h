#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace tikv::wire {

/// A text as an argument of a template.
template <std::size_t size>
struct Literal {
  consteval Literal(const char (&from)[size]) { std::copy_n(from, size, text); }  // from a literal, unspoken
  char text[size]{};
};

/// A call: its method, what is asked and what is answered. All that sends, serves or describes it is made of
/// this one row.
template <Literal path, class RequestType, class AnswerType>
struct Call {
  using Request = RequestType;
  using Answer = AnswerType;
  /// `/tikvpb.Tikv/RawGet`
  static constexpr std::string_view method{path.text};
  /// `RawGet`
  static constexpr std::string_view name = method.substr(method.rfind('/') + 1);
};

/// Rows, one after the other.
template <class... Rows>
struct CallList {
  /// Calls `visit` with the first row for which `wanted` is true; false if there is none.
  template <class Wanted, class Visit>
  static constexpr bool find(const Wanted& wanted, const Visit& visit) {
    return ((wanted(Rows()) && (visit(Rows()), true)) || ...);
  }
  template <class Visit>
  static constexpr void for_each(const Visit& visit) {
    (visit(Rows()), ...);
  }
};

}  // namespace tikv::wire
