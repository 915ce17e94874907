#include "numbers.h"

#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "text.h"

namespace tikv::cli {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

/// A number with a unit, as a multiple of the smallest one; nothing if it is none or does not fit.
std::optional<std::uint64_t> with_unit(std::string_view text, std::span<const Unit> units) {
  std::uint64_t number = 0;
  const auto [rest, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc()) return std::nullopt;
  const std::string_view name(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  for (const Unit& unit : units) {
    if (unit.name == name && number <= UINT64_MAX / unit.factor) return number * unit.factor;
  }
  return std::nullopt;
}

Error not_a(std::string_view what, std::string_view text) {
  constexpr std::size_t most_shown = 40;
  const std::string shown = escape(text.substr(0, most_shown)) + (text.size() > most_shown ? "…" : "");
  return {ErrorKind::invalid_argument, "'" + shown + "' is no " + std::string(what)};
}

}  // namespace

Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t least, std::uint64_t most) {
  constexpr Unit units[] = {{"", 1}};
  const std::optional<std::uint64_t> number = with_unit(text, units);
  if (number && *number >= least && *number <= most) return *number;
  std::string range = "from " + std::to_string(least) + (most == UINT64_MAX ? " up" : " to " + std::to_string(most));
  return not_a("whole number " + range, text);
}

Result<std::uint64_t> parse_time_to_live(std::string_view text) {
  constexpr std::uint64_t a_day = 86'400;
  constexpr std::uint64_t a_century = 36'525 * a_day;
  constexpr Unit units[] = {{"", 1}, {"s", 1}, {"min", 60}, {"h", 3600}, {"d", a_day}};
  const std::optional<std::uint64_t> seconds = with_unit(text, units);
  if (seconds && *seconds <= a_century) return *seconds;
  return not_a("time to live: a whole number of seconds, or with s, min, h or d, at most 36525d", text);
}

Result<std::uint64_t> parse_time_limit(std::string_view text) {
  constexpr std::uint64_t a_year = 365ULL * 24 * 3600 * 1000;
  constexpr Unit units[] = {{"ms", 1}, {"s", 1000}, {"min", 60'000}};
  const std::optional<std::uint64_t> milliseconds = with_unit(text, units);
  if (milliseconds && *milliseconds > 0 && *milliseconds <= a_year) return *milliseconds;
  return not_a("limit of time: a whole number with ms, s or min, above 0 and at most a year", text);
}

}  // namespace tikv::cli
