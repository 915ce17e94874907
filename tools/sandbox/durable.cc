#include "durable.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "data_dir.h"

namespace tikv::sandbox {

namespace {

using rocksdb::Slice;
using testing::RawStore;
using testing::RegionState;

// What the keys of the database begin with, or are.
constexpr std::string_view cluster_key = "c";
constexpr std::string_view timestamp_key = "t";
constexpr std::string_view next_id_key = "n";
constexpr char region_begin = 'g';
constexpr char data_begin = 'd';

// So far ahead timestamps may go before the bound is written anew.
constexpr std::int64_t timestamp_lead_ms = 3000;

Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const Slice& slice) { return {slice.data(), slice.size()}; }

std::string big_endian(std::uint64_t number) {
  std::string bytes(8, '\0');
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
    *byte = static_cast<char>(number);
    number >>= 8;
  }
  return bytes;
}

std::uint64_t from_big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes.substr(0, 8)) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

std::string region_key(std::uint64_t id) { return region_begin + big_endian(id); }

std::string family_begin(std::size_t family) { return {data_begin, static_cast<char>('0' + family)}; }

std::string data_key(RawStore::Family family, std::string_view key) {
  return family_begin(static_cast<std::size_t>(family)).append(key);
}

/// When a value ends, in milliseconds since 1970; 0: never.
std::string data_value(const RawStore::Entry& entry) {
  std::uint64_t expires = 0;
  if (entry.expires != core::WallTime::max()) {
    const auto since = std::chrono::floor<std::chrono::milliseconds>(entry.expires).time_since_epoch();
    expires = static_cast<std::uint64_t>(since.count());
    const std::uint64_t most = (std::numeric_limits<std::uint64_t>::max() - expires) / 1000;
    expires += std::min(entry.seconds_beyond, most) * 1000;
  }
  return big_endian(expires) + entry.value;
}

RawStore::Entry entry_of(std::string_view value) {
  RawStore::Entry entry;
  if (const std::uint64_t expires = from_big_endian(value); expires != 0) {
    constexpr std::uint64_t most = 9'000'000'000'000;  // what a clock can tell, in round figures
    entry.seconds_beyond = (expires - std::min(expires, most) + 999) / 1000;
    entry.expires = core::WallTime(std::chrono::milliseconds(expires - entry.seconds_beyond * 1000));
  }
  entry.value = value.substr(8);
  return entry;
}

std::string region_value(const RegionState& region) {
  return big_endian(region.leader_store) + wire::encode(region.meta);
}

std::string api_name(testing::StorageApi api) {
  return api == testing::StorageApi::v1 ? "1" : api == testing::StorageApi::v1ttl ? "1ttl" : "2";
}

/// What a folder says of its cluster, a line for each.
std::string describe(const testing::ClusterOptions& cluster) {
  std::ostringstream text;
  text << "cluster " << cluster.cluster_id << "\nstores " << cluster.stores << "\napi " << api_name(cluster.api)
       << '\n';
  for (const std::string& keyspace : cluster.keyspaces) text << "keyspace " << keyspace << '\n';
  return text.str();
}

struct Description {
  std::uint64_t cluster_id = 0;
  std::size_t stores = 0;
  std::string api;
  std::vector<std::string> keyspaces;
};

Description parse(const std::string& text) {
  Description known;
  std::istringstream lines(text);
  for (std::string name, value; lines >> name >> value;) {
    if (name == "cluster") known.cluster_id = std::stoull(value);
    if (name == "stores") known.stores = std::stoull(value);
    if (name == "api") known.api = value;
    if (name == "keyspace") known.keyspaces.push_back(value);
  }
  return known;
}

/// Sets the options to what is known, unless they were given and say otherwise.
std::string adopt(const Description& known, Options& options) {
  testing::ClusterOptions& cluster = options.cluster;
  if (options.stores_given && cluster.stores != known.stores) {
    return options.data_dir + " holds a cluster of " + std::to_string(known.stores) + " stores, not " +
           std::to_string(cluster.stores);
  }
  if (options.api_given && api_name(cluster.api) != known.api) {
    return options.data_dir + " holds a cluster of API version " + known.api + ", not " + api_name(cluster.api);
  }
  cluster.cluster_id = known.cluster_id;
  cluster.stores = known.stores;
  cluster.api = known.api == "1"      ? testing::StorageApi::v1
                : known.api == "1ttl" ? testing::StorageApi::v1ttl
                                      : testing::StorageApi::v2;
  std::vector<std::string> keyspaces = known.keyspaces;
  for (const std::string& name : cluster.keyspaces) {
    if (std::ranges::find(keyspaces, name) == keyspaces.end()) keyspaces.push_back(name);
  }
  cluster.keyspaces = std::move(keyspaces);
  return {};
}

bool cover_everything(std::vector<RegionState>& regions) {
  std::ranges::sort(regions, {}, [](const RegionState& region) { return region.meta.start_key; });
  std::string reached;
  for (const RegionState& region : regions) {
    if (region.meta.start_key != reached) return false;
    reached = region.meta.end_key;
  }
  return !regions.empty() && reached.empty();
}

}  // namespace

class Durable::Changes {
 public:
  rocksdb::WriteBatch batch;
};

struct Durable::Parts final : RawStore::Log {
  // From RawStore, on the loop.
  void put(RawStore::Family family, std::string_view key, const RawStore::Entry& entry) override {
    changes().Put(slice(data_key(family, key)), slice(data_value(entry)));
  }
  void erase(RawStore::Family family, std::string_view key) override { changes().Delete(slice(data_key(family, key))); }
  void erase_range(RawStore::Family family, std::string_view start, std::string_view end) override {
    const std::string last = end.empty() ? family_begin(static_cast<std::size_t>(family) + 1) : data_key(family, end);
    changes().DeleteRange(slice(data_key(family, start)), slice(last));
  }

  rocksdb::WriteBatch& changes() {
    if (!open) open = std::make_shared<Changes>();
    return open->batch;
  }
  void save_region(std::uint64_t id) {
    const RegionState* region = cluster->regions().region(id);
    if (region == nullptr) {
      changes().Delete(slice(region_key(id)));
    } else {
      changes().Put(slice(region_key(id)), slice(region_value(*region)));
    }
  }
  void save_regions(const std::set<std::uint64_t>& ids) {
    if (ids.empty()) return;
    for (const std::uint64_t id : ids) save_region(id);
    changes().Put(slice(next_id_key), slice(std::to_string(cluster->regions().next_id())));
  }
  void save_timestamp() {
    const std::int64_t last = cluster->pd().last_physical();
    if (last < timestamp_bound) return;
    timestamp_bound = last + timestamp_lead_ms;
    changes().Put(slice(timestamp_key), slice(std::to_string(timestamp_bound)));
  }

  std::string text_of(std::string_view key) const {
    std::string value;
    return db->Get(rocksdb::ReadOptions(), slice(key), &value).ok() ? value : std::string();
  }
  template <class Visit>
  std::string each(const std::string& begin, const Visit& visit) const {
    const std::unique_ptr<rocksdb::Iterator> place(db->NewIterator(rocksdb::ReadOptions()));
    for (place->Seek(slice(begin)); place->Valid() && view(place->key()).starts_with(begin); place->Next()) {
      visit(view(place->key()).substr(begin.size()), view(place->value()));
    }
    return place->status().ok() ? std::string() : place->status().ToString();
  }

  /// Fills the cluster with what is in the database.
  std::string load() {
    testing::RegionMap& regions = cluster->regions();
    RawStore& data = cluster->raw_data();
    const core::WallTime now = std::chrono::system_clock::now();
    for (std::size_t family = 0; family < RawStore::families; ++family) {
      std::string why = each(family_begin(family), [&](std::string_view key, std::string_view value) {
        RawStore::Entry entry = entry_of(value);
        const auto kept = static_cast<RawStore::Family>(family);
        if (entry.expires <= now) return static_cast<void>(changes().Delete(slice(data_key(kept, key))));
        data.put(kept, key, std::move(entry));
      });
      if (!why.empty()) return why;
    }
    std::vector<RegionState> saved;
    std::string why = each(std::string(1, region_begin), [&](std::string_view /*id*/, std::string_view value) {
      RegionState region;
      region.leader_store = from_big_endian(value);
      if (!wire::decode(value.substr(8), region.meta)) return;
      region.keys = data.count(region.meta.start_key, region.meta.end_key);
      saved.push_back(std::move(region));
    });
    if (!why.empty()) return why;
    if (!cover_everything(saved)) return "the regions in it do not cover all keys";
    regions.restore(std::move(saved), std::stoull(text_of(next_id_key)));
    timestamp_bound = std::stoll("0" + text_of(timestamp_key));
    cluster->pd().start_timestamps_after(timestamp_bound);
    return {};
  }

  DataDir folder;
  std::unique_ptr<rocksdb::DB> db;
  testing::ClusterModel* cluster = nullptr;
  std::shared_ptr<Changes> open;
  std::size_t known_keyspaces = 0;
  bool is_new = true;
  std::int64_t timestamp_bound = 0;
};

Durable::Durable(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Durable::~Durable() {
  if (parts_->cluster != nullptr) parts_->cluster->raw_data().set_log(nullptr);
}

std::unique_ptr<Durable> Durable::open(Options& options, std::string& problem) {
  auto parts = std::make_unique<Parts>();
  problem = parts->folder.claim(options.data_dir);
  if (!problem.empty()) return nullptr;
  rocksdb::Options settings;
  settings.create_if_missing = true;
  settings.keep_log_file_num = 2;
  settings.max_open_files = 256;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened = rocksdb::DB::Open(settings, parts->folder.database(), &db);
  parts->db.reset(db);
  if (!opened.ok()) {
    problem = "cannot open the data in " + options.data_dir + ": " + opened.ToString();
    return nullptr;
  }
  const std::string known = parts->text_of(cluster_key);
  parts->is_new = known.empty();
  if (!parts->is_new) {
    const Description description = parse(known);
    parts->known_keyspaces = description.keyspaces.size();
    problem = adopt(description, options);
  }
  if (problem.empty()) problem = testing::problem_of(options.cluster);
  if (!problem.empty()) return nullptr;
  return std::unique_ptr<Durable>(new Durable(std::move(parts)));
}

bool Durable::is_new() const { return parts_->is_new; }

std::string Durable::restore(testing::ClusterModel& cluster) {
  Parts& parts = *parts_;
  parts.cluster = &cluster;
  testing::RegionMap& regions = cluster.regions();
  std::set<std::uint64_t> changed;
  if (parts.is_new) {
    regions.each_region([&](const RegionState& region) { changed.insert(region.meta.id); });
  } else {
    if (std::string why = parts.load(); !why.empty()) return why;
  }
  regions.track_changes();
  for (std::size_t i = parts.known_keyspaces; !parts.is_new && i < cluster.options().keyspaces.size(); ++i) {
    cluster.cut_regions(cluster.pd().keyspaces()[i + 1]);
  }
  regions.each_region([&](const RegionState& region) {
    if (region.leader_store == 0) changed.insert(region.meta.id);
  });
  for (const std::uint64_t id : changed) {
    if (regions.region(id)->leader_store == 0) regions.balance_leader(id);
  }
  changed.merge(regions.take_changes());
  parts.save_regions(changed);
  parts.changes().Put(slice(cluster_key), slice(describe(cluster.options())));
  cluster.raw_data().set_log(&parts);
  return write(*std::exchange(parts.open, nullptr), true);
}

std::shared_ptr<Durable::Changes> Durable::collect() {
  parts_->save_regions(parts_->cluster->regions().take_changes());
  parts_->save_timestamp();
  return std::exchange(parts_->open, nullptr);
}

std::string Durable::write(Changes& changes, bool sync) {
  rocksdb::WriteOptions how;
  how.sync = sync;
  const rocksdb::Status written = parts_->db->Write(how, &changes.batch);
  return written.ok() ? std::string() : written.ToString();
}

}  // namespace tikv::sandbox
