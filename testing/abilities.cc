#include "testing/abilities.h"

#include <array>
#include <charconv>
#include <compare>
#include <utility>

namespace tikv::testing {

namespace {

struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;
  bool release = true;  // a beta comes before its release
  friend auto operator<=>(const Version&, const Version&) = default;
};

std::optional<Version> parse(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  Version version;
  for (int* part : {&version.major, &version.minor, &version.patch}) {
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), *part);
    if (problem != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (part == &version.patch) break;
    if (!text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
  }
  if (!text.empty() && text.front() != '-' && text.front() != '+') return std::nullopt;
  version.release = text.find("-alpha") != 0 && text.find("-beta") != 0 && text.find("-rc") != 0;
  return version;
}

struct Since {
  bool Abilities::*ability;
  Version version;
};

// Read in the tags of TiKV's and PD's repositories.
constexpr std::array since{
    Since{&Abilities::compare_and_swap, {5, 0, 1}},
    Since{&Abilities::raw_coprocessor, {5, 1, 0}},
    Since{&Abilities::checksum, {5, 2, 0}},
    Since{&Abilities::api_versions, {5, 3, 0}},
    Since{&Abilities::ttl_per_pair, {5, 3, 0}},
    Since{&Abilities::api_version_texts, {5, 4, 0}},
    Since{&Abilities::large_keys, {5, 4, 0}},
    Since{&Abilities::api_v2, {6, 1, 0}},
    Since{&Abilities::health_feedback, {8, 0, 0}},
    Since{&Abilities::mismatch_peer_id, {7, 5, 0}},
    Since{&Abilities::cluster_ids, {8, 1, 0}},
    // In no release up to 8.5.7 and in no beta of 9.0; on the main line since 2026.
    Since{&Abilities::compare_and_delete, {9, 0, 0}},
    Since{&Abilities::node_state, {6, 0, 0}},
    Since{&Abilities::buckets, {6, 1, 0}},
    Since{&Abilities::keyspaces, {6, 3, 0}},
    Since{&Abilities::cluster_info, {7, 0, 0}},
    Since{&Abilities::all_keyspaces, {7, 3, 0}},
    Since{&Abilities::batch_scan_regions, {8, 2, 0}},
};

constexpr std::array names{
    std::pair{"5.0", "5.0.6"}, std::pair{"6.1", "6.1.7"},    std::pair{"7.1", "7.1.6"},
    std::pair{"8.5", "8.5.7"}, std::pair{"newest", "9.0.0"},
};

}  // namespace

std::string_view to_string(StorageApi version) {
  switch (version) {
    case StorageApi::v1:
      return "V1";
    case StorageApi::v1ttl:
      return "V1ttl";
    case StorageApi::v2:
      return "V2";
  }
  return {};
}

Abilities abilities_of(std::string_view version) {
  const std::optional<Version> parsed = parse(version);
  Abilities abilities;
  for (const Since& entry : since) abilities.*entry.ability = !parsed || *parsed >= entry.version;
  return abilities;
}

std::optional<std::string> version_named(std::string_view name) {
  for (const auto& [known, version] : names) {
    if (name == known) return version;
  }
  if (!parse(name)) return std::nullopt;
  return std::string(name.substr(name.starts_with('v') ? 1 : 0));
}

}  // namespace tikv::testing
