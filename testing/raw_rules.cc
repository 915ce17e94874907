#include "testing/raw_rules.h"

#include <algorithm>

#include "testing/key_space.h"
#include "testing/raw_store.h"

namespace tikv::testing {

namespace {

std::string hex(std::string_view bytes) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (const char symbol : bytes) {
    const auto byte = static_cast<unsigned char>(symbol);
    text += {digits[byte >> 4], digits[byte & 15]};
  }
  return text;
}

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

/// A bound as Rust prints an optional text.
std::string bound(std::string_view key) { return "Some(" + quoted(hex(key)) + ")"; }

std::string_view to_string(kvrpcpb::APIVersion version) {
  return to_string(version == kvrpcpb::APIVersion::v1       ? StorageApi::v1
                   : version == kvrpcpb::APIVersion::v1_ttl ? StorageApi::v1ttl
                                                            : StorageApi::v2);
}

constexpr char raw_mode = 'r';

bool in_raw_space(std::string_view key) { return key.starts_with(raw_mode); }

/// Both bounds in the space of raw keys; its very end may be written as the next letter alone.
bool in_raw_space(std::string_view start, std::string_view end) {
  return in_raw_space(start) && (in_raw_space(end) || end == std::string_view{"s"});
}

RawRefusal version_differs(const RawCommand& command, StorageApi storage, const Abilities& abilities) {
  const std::string cmd(command.name);
  const std::string theirs(to_string(storage));
  const std::string asked(to_string(command.api));
  std::string sentence = "Api version in request does not match with TiKV storage";
  if (abilities.api_version_texts) sentence += ", cmd: " + cmd + ", storage: " + theirs + ", request: " + asked;
  return {std::move(sentence), "Error(ApiVersionNotMatched { cmd: " + cmd + ", storage_api_version: " + theirs +
                                   ", req_api_version: " + asked + " })"};
}

RawRefusal outside_of_the_space(std::string_view command, const std::string& what, const std::string& variant) {
  const std::string cmd(command);
  return {"Key mode mismatched with the request mode, cmd: " + cmd + ", storage: V2, " + what,
          "Error(" + variant + " { cmd: " + cmd + ", storage_api_version: V2, " + what + " })"};
}

}  // namespace

Refused RawRules::refuse_before_region(const RawCommand& command, const Abilities& abilities) const {
  for (const char what : command.checks.substr(0, command.checks.find('r'))) {
    if (Refused why = check(what, command, abilities)) return why;
  }
  return std::nullopt;
}

Refused RawRules::refuse_after_region(const RawCommand& command, const Abilities& abilities) const {
  for (const char what : command.checks.substr(command.checks.find('r') + 1)) {
    if (Refused why = check(what, command, abilities)) return why;
  }
  return std::nullopt;
}

Refused RawRules::check(char what, const RawCommand& command, const Abilities& abilities) const {
  switch (what) {
    case 'v':
      if (Refused why = check_version(command, abilities)) return why;
      return check_spaces(command);
    case 's':
      return check_sizes(command, abilities);
    case 't':
      return check_ttl(command);
    default:
      return check_family(command.family);
  }
}

// A store with TTL takes what clients of V1 send, and nobody may send V1TTL.
Refused RawRules::check_version(const RawCommand& command, const Abilities& abilities) const {
  if (!abilities.api_versions) return std::nullopt;
  const kvrpcpb::APIVersion accepted = api_ == StorageApi::v2 ? kvrpcpb::APIVersion::v2 : kvrpcpb::APIVersion::v1;
  if (command.api == accepted) return std::nullopt;
  return version_differs(command, api_, abilities);
}

Refused RawRules::check_spaces(const RawCommand& command) const {
  if (!has_prefixes()) return std::nullopt;
  for (const std::string_view key : command.keys) {
    if (in_raw_space(key)) continue;
    const std::string shown = hex(key);
    RawRefusal why = outside_of_the_space(command.name, "key: " + shown, "InvalidKeyMode");
    why.debug = "Error(InvalidKeyMode { cmd: " + std::string(command.name) +
                ", storage_api_version: V2, key: " + quoted(shown) + " })";
    return why;
  }
  for (const auto& [start, end] : command.ranges) {
    if (in_raw_space(start, end)) continue;
    const std::string last = end.empty() && command.name == "raw_scan" ? "None" : bound(end);
    return outside_of_the_space(command.name, "range: (" + bound(start) + ", " + last + ")", "InvalidKeyRangeMode");
  }
  return std::nullopt;
}

Refused RawRules::check_family(std::string_view family) const {
  const std::string name(family);
  if (has_prefixes()) {
    if (family.empty()) return std::nullopt;
    return RawRefusal{"cf is deprecated in API V2, cf name: " + name, "Error(CfDeprecated(" + quoted(name) + "))"};
  }
  if (RawStore::family(family)) return std::nullopt;
  return RawRefusal{"invalid cf name: " + name, "Error(InvalidCf(" + quoted(name) + "))"};
}

Refused RawRules::check_sizes(const RawCommand& command, const Abilities& abilities) const {
  constexpr std::size_t before_large_keys = std::size_t{4} << 10;
  const std::size_t limit =
      abilities.large_keys ? limits_.max_key_size : std::min(limits_.max_key_size, before_large_keys);
  std::size_t largest = 0;
  for (const std::string_view key : command.keys) largest = std::max(largest, key.size());
  for (const auto& [start, end] : command.ranges) largest = std::max({largest, start.size(), end.size()});
  if (largest <= limit) return std::nullopt;
  const std::string size = std::to_string(largest);
  const std::string most = std::to_string(limit);
  return RawRefusal{"max key size exceeded, size: " + size + ", limit: " + most,
                    "Error(KeyTooLarge { size: " + size + ", limit: " + most + " })"};
}

Refused RawRules::check_ttl(const RawCommand& command) const {
  if (!has_ttl() && command.longest_ttl != 0) {
    return RawRefusal{"ttl is not enabled, but get put request with ttl", "Error(TtlNotEnabled)"};
  }
  if (has_ttl() && command.odd_ttls) {
    return RawRefusal{"The length of ttls does not equal to the length of pairs", "Error(TtlLenNotEqualsToPairs)"};
  }
  return std::nullopt;
}

std::string RawRules::stored(std::string_view key) const { return has_prefixes() ? encode_key(key) : std::string(key); }

std::string RawRules::as_asked(std::string_view stored_key) const {
  if (!has_prefixes()) return std::string(stored_key);
  return decode_key(stored_key).value_or(std::string());
}

RawRefusal outside_of_snapshot(const RegionState& region, std::string_view stored_key) {
  const std::string what = "Key " + hex(stored_key) + " is out of [region " + std::to_string(region.meta.id) + "] [" +
                           hex(region.meta.start_key) + ", " + hex(region.meta.end_key) + ")";
  return {"unknown error " + quoted(what), "Error(Kv(Error(Other(" + quoted(what) + "))))"};
}

RawRefusal other_refusal(std::string sentence) {
  std::string debug = "Error(Other(" + quoted(sentence) + "))";
  return {std::move(sentence), std::move(debug)};
}

std::uint64_t ttl_of_pair(const kvrpcpb::RawBatchPutRequest& request, std::size_t pair, const Abilities& abilities) {
  if (!abilities.ttl_per_pair) return request.ttl;
  const std::size_t ttls = request.ttls.size();
  if (ttls == 0) return 0;
  if (ttls == 1) return request.ttls[0];
  return pair < ttls ? request.ttls[pair] : 0;
}

}  // namespace tikv::testing
