#include "testing/cluster_model.h"

#include <algorithm>
#include <utility>

namespace tikv::testing {

ClusterModel::ClusterModel(core::Loop& loop, const ClusterOptions& options)
    : options_(options),
      regions_(options.stores, options.replicas),
      pd_(loop, regions_, {options.cluster_id, options.pd_members}),
      raw_(loop, regions_, data_, options.limits, [this](RegionState& region) { split_if_grown(region); }),
      commands_(raw_, faults_),
      later_(loop),
      kv_(loop, commands_, later_, {options.limits.ttl, options.health_feedback},
          [this](StoreState& store) { stop_store(store.meta.id()); }) {
  for (const std::string& key : even_split_keys(options.regions)) {
    split(key);
    regions_.balance_leader(regions_.region_of(key).meta.id());
  }
}

void ClusterModel::set_store_address(std::uint64_t store, const std::string& address) {
  if (StoreState* state = regions_.store(store)) state->meta.set_address(address);
}

std::optional<Node> ClusterModel::node_at(std::string_view address) const {
  for (const PdMember& member : pd_.members().all()) {
    if (member.address == address && member.running) return Node::pd(member.id);
  }
  for (const auto& [id, store] : regions_.stores()) {
    if (store.meta.address() == address && store.running) return Node::of_store(id);
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
