// Where there is no RocksDB to build with.
#include "durable.h"

namespace tikv::sandbox {

class Durable::Changes {};
struct Durable::Parts {};

Durable::Durable(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Durable::~Durable() = default;

std::unique_ptr<Durable> Durable::open(Options& /*options*/, std::string& problem) {
  problem =
      "this tikv-sandbox was built without RocksDB, and can keep no data: build it where librocksdb-dev is installed";
  return nullptr;
}

bool Durable::is_new() const { return true; }
std::string Durable::restore(testing::ClusterModel& /*cluster*/) { return {}; }
std::shared_ptr<Durable::Changes> Durable::collect() { return nullptr; }
std::string Durable::write(Changes& /*changes*/, bool /*sync*/) { return {}; }

}  // namespace tikv::sandbox
