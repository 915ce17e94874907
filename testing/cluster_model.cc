#include "testing/cluster_model.h"

#include <algorithm>
#include <utility>

namespace tikv::testing {

ClusterModel::ClusterModel(core::Loop& loop, const ClusterOptions& options)
    : options_(options),
      regions_(options.stores, options.replicas),
      pd_(loop, regions_, options.cluster_id),
      raw_(loop, regions_, data_, options.limits, [this](RegionState& region) { split_if_grown(region); }),
      kv_(raw_, regions_, options.limits.ttl) {
  for (const std::string& key : even_split_keys(options.regions)) {
    split(key);
    regions_.balance_leader(regions_.region_of(key).meta.id());
  }
}

void ClusterModel::set_store_address(std::uint64_t store, const std::string& address) {
  if (StoreState* state = regions_.store(store)) state->meta.set_address(address);
}

std::optional<Node> ClusterModel::node_at(std::string_view address) const {
  if (address == pd_.address()) return Node::pd();
  for (const auto& [id, store] : regions_.stores()) {
    if (store.meta.address() == address && store.running) return Node::of_store(id);
  }
  return std::nullopt;
}

void ClusterModel::handle(Node node, std::string_view method, std::string_view request, const Reply& reply) {
  if (node.kind == Node::Kind::pd) return reply(pd_.call(method, request));
  StoreState* store = regions_.store(node.id);
  if (store == nullptr || !store->running) return reply(refuse(rpc::StatusCode::unavailable, "the store is stopped"));
  kv_.call(*store, method, request, reply);
}

std::unique_ptr<StreamServer> ClusterModel::open_stream(Node node, std::string_view method, StreamClient& client) {
  if (node.kind == Node::Kind::pd) return pd_.stream(method, client);
  StoreState* store = regions_.store(node.id);
  if (store == nullptr || !store->running) return nullptr;
  return kv_.stream(*store, method, client);
}

std::string ClusterModel::split(std::string_view key) {
  return regions_.split(key, data_.count(regions_.region_of(key).meta.start_key(), key));
}

// The part that is split off finds a leader of its own, as PD would see to.
void ClusterModel::split_if_grown(RegionState& region) {
  if (options_.region_max_keys == 0 || region.keys <= options_.region_max_keys) return;
  const auto middle = data_.key_at(region.meta.start_key(), region.meta.end_key(), region.keys / 2);
  if (!middle || *middle == region.meta.start_key()) return;
  split(*middle);
  if (RegionState* before = regions_.region_before(*middle)) regions_.balance_leader(before->meta.id());
}

std::string ClusterModel::report() const {
  std::string text;
  for (const auto& [id, store] : regions_.stores()) {
    std::size_t peers = 0;
    std::uint64_t keys = 0;
    regions_.each_region([&](const RegionState& region) {
      if (region.peer_on(id) == nullptr) return;
      ++peers;
      if (region.leader_store == id) keys += region.keys;
    });
    const StoreStatistics& done = store.statistics;
    text += "store " + std::to_string(id) + " at " + store.meta.address() + (store.running ? ": " : " (stopped): ") +
            std::to_string(regions_.leaders_on(id)) + " leaders of " + std::to_string(peers) + " regions, " +
            std::to_string(keys) + " keys led, " + std::to_string(done.keys_read) + " keys read and " +
            std::to_string(done.keys_written) + " written in " + std::to_string(done.requests) + " requests\n";
  }
  regions_.each_region([&](const RegionState& region) {
    text += "region " + std::to_string(region.meta.id()) + " [" + printable(region.meta.start_key()) + ", " +
            (region.meta.end_key().empty() ? std::string("end") : printable(region.meta.end_key())) +
            "): " + std::to_string(region.keys) + " keys, led by store " + std::to_string(region.leader_store) + "\n";
  });
  return text;
}

std::vector<std::string> even_split_keys(std::size_t regions) {
  static constexpr std::string_view symbols = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::size_t length = 1;
  std::size_t space = symbols.size();
  for (; space < regions; space *= symbols.size()) ++length;
  std::vector<std::string> keys;
  for (std::size_t i = 1; i < regions; ++i) {
    std::size_t place =
        static_cast<std::size_t>(static_cast<double>(space) * static_cast<double>(i) / static_cast<double>(regions));
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
