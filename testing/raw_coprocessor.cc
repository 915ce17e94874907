#include "testing/raw_coprocessor.h"

#include <charconv>
#include <limits>

namespace tikv::testing {

namespace {

using Version = std::array<std::uint64_t, 3>;
constexpr Version ours{1, 2, 3};

/// The versions from `low` on, `high` excluded.
struct Span {
  Version low{};
  Version high{std::numeric_limits<std::uint64_t>::max(), 0, 0};
};

/// A version of which the end may be missing, or be a star.
struct Partial {
  Version version{};
  std::size_t given = 0;
};

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<Partial> parse_partial(std::string_view text) {
  Partial partial;
  bool star = false;
  for (std::size_t part = 0; part < partial.version.size(); ++part) {
    if (part > 0) {
      if (text.empty()) return partial;
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
    if (text.starts_with('*') || text.starts_with('x') || text.starts_with('X')) {
      star = true;
      text.remove_prefix(1);
      continue;
    }
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), partial.version[part]);
    if (star || problem != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    ++partial.given;
  }
  if (!text.empty()) return std::nullopt;
  return partial;
}

/// The first version in which the part before `parts` has grown.
Version next(Version version, std::size_t parts) {
  if (parts == 0) return Span().high;
  ++version[parts - 1];
  for (std::size_t part = parts; part < version.size(); ++part) version[part] = 0;
  return version;
}

/// What may change under a caret: all behind the first part that is not zero.
std::size_t fixed_by_caret(const Partial& partial) {
  for (std::size_t part = 0; part < partial.given; ++part) {
    if (partial.version[part] != 0) return part + 1;
  }
  return partial.given;
}

std::optional<Span> span_of(std::string_view comparator) {
  std::string_view sign;
  for (const std::string_view known : {">=", "<=", ">", "<", "=", "~", "^"}) {
    if (!comparator.starts_with(known)) continue;
    sign = known;
    comparator.remove_prefix(known.size());
    break;
  }
  const std::optional<Partial> asked = parse_partial(trimmed(comparator));
  if (!asked) return std::nullopt;
  const Version& version = asked->version;
  const bool star = comparator.find_first_of("*xX") != std::string_view::npos;
  if (sign == ">=") return Span{version, Span().high};
  if (sign == ">") return Span{next(version, asked->given), Span().high};
  if (sign == "<") return Span{{}, version};
  if (sign == "<=") return Span{{}, next(version, asked->given)};
  if (sign == "=" || (sign.empty() && star)) return Span{version, next(version, asked->given)};
  if (sign == "~") return Span{version, next(version, asked->given == 1 ? 1 : 2)};
  return Span{version, next(version, fixed_by_caret(*asked))};
}

}  // namespace

std::optional<bool> version_fits(const Version& version, std::string_view requirement) {
  bool fits = true;
  for (bool more = true; more;) {
    const std::size_t comma = requirement.find(',');
    more = comma != std::string_view::npos;
    const std::optional<Span> span = span_of(trimmed(requirement.substr(0, comma)));
    if (!span) return std::nullopt;
    fits = fits && version >= span->low && version < span->high;
    if (more) requirement.remove_prefix(comma + 1);
  }
  return fits;
}

std::string refuse_plugin(std::string_view name, std::string_view version_requirement) {
  if (name != plugin_name) return "No registered coprocessor with name '" + std::string(name) + "'";
  const std::optional<bool> fits = version_fits(ours, version_requirement);
  if (!fits) return "'" + std::string(version_requirement) + "' is no version requirement";
  if (*fits) return {};
  return "The plugin '" + std::string(plugin_name) + "' with version '" + std::string(plugin_version) +
         "' does not satisfy the version constraint '" + std::string(version_requirement) + "'";
}

}  // namespace tikv::testing
