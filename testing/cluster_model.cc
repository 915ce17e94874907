#include "testing/cluster_model.h"

#include <algorithm>
#include <set>
#include <utility>

#include "testing/random.h"

namespace tikv::testing {

namespace {

std::vector<Keyspace> keyspaces_of(const ClusterOptions& options) {
  std::vector<Keyspace> keyspaces{Keyspace{}};
  for (const std::string& name : options.keyspaces) {
    keyspaces.push_back({keyspaces.back().id + 1, name});
  }
  return keyspaces;
}

ClusterOptions complete(ClusterOptions options) {
  if (options.cluster_id == 0) options.cluster_id = drawn_cluster_id(0);
  return options;
}

}  // namespace

std::uint64_t drawn_cluster_id(std::uint64_t seed) {
  constexpr std::uint64_t least = 7'000'000'000'000'000'000;
  return least + Random(seed, "cluster id").below(least / 7);
}

std::string problem_of(const ClusterOptions& options) {
  const Abilities abilities = abilities_of(options.version);
  if (options.api == StorageApi::v2 && !abilities.api_v2) {
    return "version " + options.version + " has no API version 2: that came with 6.1";
  }
  if (options.keyspaces.empty()) return {};
  if (options.api != StorageApi::v2) return "keyspaces need API version 2";
  if (!abilities.keyspaces) return "version " + options.version + " has no keyspaces: they came with 6.3";
  std::set<std::string> seen{Keyspace{}.name};
  for (const std::string& name : options.keyspaces) {
    if (!is_keyspace_name(name)) {
      return "'" + name + "' is no name of a keyspace: 1 to 20 letters, digits, '_' and '-'";
    }
    if (!seen.insert(name).second) return "there are two keyspaces " + name;
  }
  return {};
}

ClusterModel::ClusterModel(core::Loop& loop, const ClusterOptions& options)
    : options_(complete(options)),
      regions_(options.stores, options.replicas, options.version),
      pd_(loop, regions_, {options_.cluster_id, options.pd_members, options.version, keyspaces_of(options)}),
      raw_(loop, regions_, data_, RawRules(options.api, options.limits),
           {[this](RegionState& region) { split_if_grown(region); },
            [this](StoreState& store) { stop_store(store.meta.id); }}),
      commands_(raw_, faults_, options_.cluster_id),
      later_(loop),
      kv_(loop, commands_, later_, options.health_feedback) {
  for (const Keyspace& keyspace : pd_.keyspaces()) cut_regions(keyspace);
}

void ClusterModel::cut_regions(const Keyspace& keyspace) {
  const auto cut = [this](const std::string& key) {
    split(key);
    regions_.balance_leader(regions_.region_of(key).meta.id);
  };
  if (options_.api == StorageApi::v2) {
    for (const char mode : {'r', 'x'}) {
      for (const std::uint32_t bound : {keyspace.id, keyspace.id + 1}) cut(encode_key(keyspace_prefix(mode, bound)));
    }
  }
  for (const std::string& key : even_split_keys(options_.regions)) cut(stored_key(key, keyspace.id));
}

std::string ClusterModel::stored_key(std::string_view key, std::uint32_t keyspace) const {
  if (options_.api != StorageApi::v2) return std::string(key);
  return encode_key(keyspace_prefix('r', keyspace).append(key));
}

std::string ClusterModel::stored_end(std::string_view key, std::uint32_t keyspace) const {
  if (options_.api != StorageApi::v2 || !key.empty()) return stored_key(key, keyspace);
  return encode_key(keyspace_prefix('r', keyspace + 1));
}

std::string ClusterModel::shown(std::string_view stored_key) const {
  if (options_.api != StorageApi::v2) return printable(stored_key);
  return printable(decode_key(stored_key).value_or(std::string(stored_key)));
}

void ClusterModel::set_store_address(std::uint64_t store, const std::string& address) {
  if (StoreState* state = regions_.store(store)) state->meta.address = address;
}

std::optional<Node> ClusterModel::node_at(std::string_view address) const {
  if (blocked_ways_.contains(address)) return std::nullopt;
  if (const auto way = ways_.find(address); way != ways_.end()) {
    const Node node = way->second;
    const StoreState* store = node.kind == Node::Kind::pd ? nullptr : regions_.store(node.id);
    const bool running = store != nullptr ? store->running : pd_.members().running(node.id);
    return running ? std::optional<Node>(node) : std::nullopt;
  }
  for (const PdMember& member : pd_.members().all()) {
    if (member.address == address && member.running) return Node::pd(member.id);
  }
  for (const auto& [id, store] : regions_.stores()) {
    if (store.meta.address == address && store.running) return Node::of_store(id);
  }
  return std::nullopt;
}

void ClusterModel::handle(Node node, std::string_view method, std::string_view request, const Reply& reply) {
  if (node.kind == Node::Kind::pd) return handle_pd(node, method, request, reply);
  StoreState* store = regions_.store(node.id);
  if (store == nullptr || !store->running) return reply(refuse(rpc::StatusCode::unavailable, "the store is stopped"));
  kv_.call(*store, method, request, reply);
}

void ClusterModel::handle_pd(Node node, std::string_view method, std::string_view request, const Reply& reply) {
  if (auto refused = faults_.take(node, short_name(method), false)) return reply({refused->status, {}});
  Answer answer = pd_.call(node.id, method, request);
  if (answer.status.ok()) {
    if (auto lost = faults_.take(node, short_name(method), true)) return reply({lost->status, {}});
  }
  reply(std::move(answer));
}

std::unique_ptr<StreamServer> ClusterModel::open_stream(Node node, std::string_view method, StreamClient& client) {
  if (node.kind == Node::Kind::pd) return pd_.stream(node.id, method, client);
  StoreState* store = regions_.store(node.id);
  if (store == nullptr || !store->running) return nullptr;
  return kv_.stream(*store, method, client);
}

std::string ClusterModel::split(std::string_view key) {
  return regions_.split(key, data_.count(regions_.region_of(key).meta.start_key, key));
}

// The part that is split off finds a leader of its own, as PD would see to.
void ClusterModel::split_if_grown(RegionState& region) {
  if (options_.region_max_keys == 0 || region.keys <= options_.region_max_keys) return;
  const auto middle = data_.key_at(region.meta.start_key, region.meta.end_key, region.keys / 2);
  if (!middle || *middle == region.meta.start_key) return;
  split(*middle);
  if (RegionState* before = regions_.region_before(*middle)) regions_.balance_leader(before->meta.id);
}

std::vector<std::string> even_split_keys(std::size_t regions) {
  static constexpr std::string_view symbols = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::size_t length = 1;
  std::size_t space = symbols.size();
  while (space < regions) {
    space *= symbols.size();
    ++length;
  }
  std::vector<std::string> keys;
  for (std::size_t i = 1; i < regions; ++i) {
    const double exact = static_cast<double>(space) * static_cast<double>(i) / static_cast<double>(regions);
    auto place = static_cast<std::size_t>(exact);
    std::string key(length, '0');
    for (auto digit = key.rbegin(); digit != key.rend(); ++digit) {
      *digit = symbols[place % symbols.size()];
      place /= symbols.size();
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

std::string printable(std::string_view key) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (const char symbol : key) {
    const auto byte = static_cast<unsigned char>(symbol);
    if (byte >= 0x20 && byte < 0x7F) {
      if (symbol == '\\') text += '\\';
      text += symbol;
    } else {
      text += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return text;
}

}  // namespace tikv::testing
