#include "simulation/sweep_cases.h"

#include <string>
#include <utility>

namespace tikv::testing {

namespace {

using Kind = RawOperation::Kind;

RawOperation over_keys(Kind kind, const std::vector<const char*>& keys) {
  RawOperation operation;
  operation.kind = kind;
  operation.timeout = std::chrono::seconds(20);
  for (const char* const key : keys) {
    KeyValue pair;
    pair.key = key;
    operation.pairs.push_back(std::move(pair));
  }
  return operation;
}

RawOperation whole_scan() {
  RawOperation operation;
  operation.kind = Kind::scan;
  operation.timeout = std::chrono::seconds(20);
  operation.limit = 100;
  return operation;
}

SweepCase case_of(std::string name, RawOperation operation, bool warm = true) {
  SweepCase one;
  one.name = std::move(name);
  one.operation = std::move(operation);
  one.warm = warm;
  one.cluster.regions = 4;
  one.cluster.pd_members = 3;
  return one;
}

RawOperation not_resent(RawOperation operation) {
  operation.resend = false;
  return operation;
}

}  // namespace

// They read the keys that the sweep has written before.
std::vector<SweepCase> sweep_cases() {
  const std::vector<const char*> many{"a1", "c3", "g4", "m5", "z7"};
  return {
      case_of("Get", over_keys(Kind::get, {"g4"})),
      case_of("GetOfAnUnknownRegion", over_keys(Kind::get, {"g4"}), false),
      case_of("Put", over_keys(Kind::put, {"g4"})),
      case_of("PutToAnUnknownRegion", over_keys(Kind::put, {"g4"}), false),
      case_of("PutThatIsNotResent", not_resent(over_keys(Kind::put, {"g4"}))),
      case_of("Delete", over_keys(Kind::delete_key, {"g4"})),
      case_of("DeleteThatIsNotResent", not_resent(over_keys(Kind::delete_key, {"g4"}))),
      case_of("BatchPut", over_keys(Kind::batch_put, many)),
      case_of("BatchPutToUnknownRegions", over_keys(Kind::batch_put, many), false),
      case_of("BatchPutThatIsNotResent", not_resent(over_keys(Kind::batch_put, many))),
      case_of("BatchGet", over_keys(Kind::batch_get, many)),
      case_of("BatchGetOfUnknownRegions", over_keys(Kind::batch_get, many), false),
      case_of("Scan", whole_scan()),
      case_of("ScanOfUnknownRegions", whole_scan(), false),
  };
}

}  // namespace tikv::testing
