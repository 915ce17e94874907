#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace tikv::cli {

/// A JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string json_string(std::string_view text);
/// True if all of it is well-formed UTF-8, which is what JSON can hold.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// An object on one line, its members in the order in which they were added.
class JsonObject {
 public:
  void add(std::string_view name, std::string_view value) { member(name, json_string(value)); }
  void add(std::string_view name, const char* value) { add(name, std::string_view(value)); }
  void add(std::string_view name, std::same_as<bool> auto value) { member(name, value ? "true" : "false"); }
  void add(std::string_view name, std::uint64_t value) { member(name, std::to_string(value)); }
  void add_null(std::string_view name) { member(name, "null"); }
  void add_object(std::string_view name, const JsonObject& value) { member(name, value.text()); }
  /// `value` is JSON already.
  void member(std::string_view name, std::string_view value);
  [[nodiscard]] std::string text() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

}  // namespace tikv::cli
