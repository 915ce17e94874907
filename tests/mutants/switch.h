#pragma once

#include <cstdint>
#include <string_view>

namespace tikv::mutants {

/// FNV-1a: a number for each name that stays when the list grows.
constexpr std::uint64_t number_of(std::string_view name) noexcept {
  std::uint64_t number = 0xcbf29ce484222325;
  for (const char letter : name) number = (number ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
  return number;
}

/// The name of a mutant, which is a number when the program runs.
struct Name {
  // NOLINTNEXTLINE(google-explicit-constructor): `on("name")` is what is planted
  consteval Name(const char* name) noexcept : text(name), number(number_of(name)) {}

  const char* text;
  std::uint64_t number;
};

extern const std::uint64_t chosen;
extern const bool recording;
void record(Name name);

/// Is this the mutant that TIKV_MUTANT names?
inline bool on(Name name) {
  if (recording) record(name);
  return name.number == chosen;
}

}  // namespace tikv::mutants
