#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "core/address.h"
#include "core/address_map.h"
#include "tikv/options.h"

namespace tikv {
inline namespace v0 {

namespace {

Error invalid(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 32 || c == 127) c = '?';  // one line, that a terminal may show
  }
  return {ErrorKind::invalid_argument,
          std::move(text) + "; expected host:port[,host:port…] or tikv://host:port[,host:port…][?name=value[&…]]"};
}

/// A number with one of the units; `1.5` is not a number here.
template <std::size_t n>
Result<std::uint64_t> with_unit(std::string_view name, std::string_view text,
                                const std::array<std::pair<std::string_view, std::uint64_t>, n>& units) {
  std::uint64_t number = 0;
  const auto [rest, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  std::string known;
  for (const auto& [word, factor] : units) {
    if (failure == std::errc() && unit == word && number <= UINT64_MAX / factor) return number * factor;
    if (!word.empty()) known += (known.empty() ? "" : ", ") + std::string(word);
  }
  return invalid("the value '" + std::string(text) + "' of '" + std::string(name) +
                 "' is no whole number with one of " + known);
}

Result<std::chrono::milliseconds> duration(std::string_view name, std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 3> units{
      {{"ms", 1}, {"s", 1000}, {"min", 60'000}}};
  const Result<std::uint64_t> number = with_unit(name, text, units);
  if (!number) return number.error();
  constexpr std::uint64_t a_year = 365ULL * 24 * 3600 * 1000;
  if (*number == 0 || *number > a_year) return invalid("'" + std::string(name) + "' must be above 0 and below a year");
  return std::chrono::milliseconds(*number);
}

Result<std::uint64_t> size(std::string_view name, std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> units{
      {{"", 1}, {"KiB", std::uint64_t{1} << 10}, {"MiB", std::uint64_t{1} << 20}, {"GiB", std::uint64_t{1} << 30}}};
  return with_unit(name, text, units);
}

int hex_digit(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

Result<std::string> percent_decode(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain.push_back(text[i]);
      continue;
    }
    const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return invalid("'" + std::string(text) + "' has a % without two hexadecimal digits");
    if (high == 0 && low == 0) return invalid("'" + std::string(text) + "' has %00, a byte that no value may have");
    plain.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return plain;
}

Result<bool> truth(std::string_view name, std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return invalid("the value '" + std::string(text) + "' of '" + std::string(name) + "' is neither true nor false");
}

Result<ApiVersion> api_version(std::string_view text) {
  for (const ApiVersion version : {ApiVersion::v1, ApiVersion::v1ttl, ApiVersion::v2}) {
    if (text == to_string(version)) return version;
  }
  return invalid("there is no API version '" + std::string(text) + "'; known: 1, 1ttl, 2");
}

/// What raw calls mean to the cluster; nothing if it is another option.
std::optional<Result<void>> set_raw_option(ClientOptions& options, std::string_view name, const std::string& value) {
  if (name == "atomic") {
    const Result<bool> on = truth(name, value);
    if (!on) return on.error();
    options.atomic = *on;
    return Result<void>();
  }
  if (name == "api_version") {
    const Result<ApiVersion> version = api_version(value);
    if (!version) return version.error();
    options.api_version = *version;
    return Result<void>();
  }
  if (name == "keyspace") {
    if (value.empty()) return invalid("the name of the keyspace is empty");
    options.keyspace = value;
    return Result<void>();
  }
  return std::nullopt;
}

/// `told=reached[,told=reached…]`.
Result<void> set_map(ClientOptions& options, std::string_view list) {
  while (!list.empty()) {
    const std::string_view pair = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return invalid("'" + std::string(pair) + "' in 'map' is not told=reached");
    std::string told(pair.substr(0, equals));
    if (!options.address_map.emplace(told, pair.substr(equals + 1)).second) {
      return invalid("'map' says twice where " + told + " is");
    }
  }
  const Result<core::AddressMap> checked = core::AddressMap::make(options.address_map);
  return checked ? Result<void>() : Result<void>(invalid(checked.error().summary()));
}

/// What is told, and where servers are; nothing if it is another option.
std::optional<Result<void>> set_surroundings(ClientOptions& options, std::string_view name, const std::string& value) {
  if (name == "map") return set_map(options, value);
  if (name == "log_keys") {
    const Result<bool> on = truth(name, value);
    if (!on) return on.error();
    options.log_keys = *on;
    return Result<void>();
  }
  if (name == "slow_operation") {
    Result<std::chrono::milliseconds> time = std::chrono::milliseconds::max();
    if (value != "never") time = duration(name, value);
    if (!time) return time.error();
    options.slow_operation = *time;
    return Result<void>();
  }
  return std::nullopt;
}

Result<void> set_option(ClientOptions& options, std::string_view name, const std::string& value) {
  if (name == "timeout" || name == "connect_timeout") {
    const Result<std::chrono::milliseconds> time = duration(name, value);
    if (!time) return time.error();
    (name == "timeout" ? options.timeout : options.connect_timeout) = *time;
    return {};
  }
  if (name == "ca" || name == "cert" || name == "key") {
    if (!options.tls) options.tls.emplace();
    (name == "ca" ? options.tls->ca : name == "cert" ? options.tls->certificate : options.tls->key) = value;
    return {};
  }
  if (name == "cluster_id" || name == "max_answer_size") {
    const Result<std::uint64_t> number = size(name, value);
    if (!number) return number.error();
    if (name == "cluster_id") {
      options.cluster_id = *number;
    } else {
      options.max_answer_size = *number;
    }
    return {};
  }
  if (const std::optional<Result<void>> set = set_raw_option(options, name, value)) return *set;
  if (const std::optional<Result<void>> set = set_surroundings(options, name, value)) return *set;
  return invalid("there is no option '" + std::string(name) +
                 "'; known: timeout, connect_timeout, ca, cert, key, cluster_id, max_answer_size, atomic, api_version, "
                 "keyspace, map, slow_operation, log_keys");
}

Result<void> set_query(ClientOptions& options, std::string_view query) {
  bool names_version = false;
  std::set<std::string_view> seen;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return invalid("'" + std::string(pair) + "' is not of the form name=value");
    if (!seen.insert(pair.substr(0, equals)).second) {
      return invalid("'" + std::string(pair.substr(0, equals)) + "' is given twice");
    }
    const Result<std::string> value = percent_decode(pair.substr(equals + 1));
    if (!value) return value.error();
    if (Result<void> set = set_option(options, pair.substr(0, equals), *value); !set) return set;
    names_version = names_version || pair.starts_with("api_version=");
  }
  if (options.keyspace.empty()) return {};
  if (names_version && options.api_version != ApiVersion::v2) {
    return invalid("a keyspace needs api_version=2, and api_version=" + std::string(to_string(options.api_version)) +
                   " is given");
  }
  options.api_version = ApiVersion::v2;
  return {};
}

Result<void> set_addresses(ClientOptions& options, std::string_view list) {
  do {
    const std::string_view address = list.substr(0, list.find(','));
    const bool more = address.size() < list.size();
    if (Result<core::Address> parsed = core::parse_address(address); !parsed) return parsed.error();
    options.pd_addresses.emplace_back(address);
    list.remove_prefix(address.size() + (more ? 1 : 0));
    if (more && list.empty()) return invalid("the list of addresses ends with a comma");
  } while (!list.empty());
  return {};
}

}  // namespace

std::string_view to_string(ApiVersion version) noexcept {
  switch (version) {
    case ApiVersion::v1:
      return "1";
    case ApiVersion::v1ttl:
      return "1ttl";
    case ApiVersion::v2:
      return "2";
  }
  return "unknown";
}

Result<ClientOptions> ClientOptions::parse(std::string_view url) {
  constexpr std::string_view scheme = "tikv://";
  ClientOptions options;
  std::string_view rest = url;
  if (const std::size_t colon = rest.find("://"); colon != std::string_view::npos) {
    if (!rest.starts_with(scheme)) {
      return invalid("the URL '" + std::string(url) + "' does not begin with tikv://");
    }
    rest.remove_prefix(scheme.size());
  }
  const std::size_t question = rest.find('?');
  std::string_view addresses = rest.substr(0, question);
  if (addresses.ends_with('/')) addresses.remove_suffix(1);
  if (addresses.empty()) return invalid("'" + std::string(url) + "' names no address of PD");
  if (Result<void> set = set_addresses(options, addresses); !set) return set.error();
  if (question != std::string_view::npos) {
    if (Result<void> set = set_query(options, rest.substr(question + 1)); !set) return set.error();
  }
  if (options.tls && (options.tls->certificate.empty() != options.tls->key.empty())) {
    return invalid("'cert' and 'key' go together; one of them is missing");
  }
  return options;
}

}  // namespace v0
}  // namespace tikv
