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

RawOperation over_range(Kind kind, std::string start = {}, std::string end = {}) {
  RawOperation operation;
  operation.kind = kind;
  operation.start = std::move(start);
  operation.end = std::move(end);
  operation.timeout = std::chrono::seconds(20);
  operation.limit = 100;
  operation.page = 2;
  return operation;
}

RawOperation batch_scan() {
  RawOperation operation = over_range(Kind::batch_scan);
  operation.borders = {"b", "h"};
  operation.limit = 2;
  return operation;
}

RawOperation living(RawOperation operation) {
  operation.ttl = 3600;
  return operation;
}

/// Never resent, whatever the options say.
RawOperation swap(const char* key, bool unique = false) {
  RawOperation operation;
  operation.kind = Kind::compare_and_swap;
  operation.timeout = std::chrono::seconds(20);
  operation.pairs.push_back(KeyValue{key, {}});
  operation.resend = false;
  operation.unique = unique;
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

SweepCase failing_swap() {
  SweepCase one = case_of("CompareAndSwapThatFails", swap("g4"));
  one.fails = true;
  return one;
}

}  // namespace

std::vector<SweepCase> pair_cases() {
  std::vector<SweepCase> all = sweep_cases();
  const auto one_by_one = [&](std::string name, RawOperation operation) {
    all.push_back(case_of(std::move(name), std::move(operation)));
    all.back().one_by_one = true;
  };
  one_by_one("BatchPutOneByOne", over_keys(Kind::batch_put, {"a1", "c3", "g4", "m5", "z7"}));
  one_by_one("BatchPutOneByOneThatIsNotResent", not_resent(over_keys(Kind::batch_put, {"a1", "c3", "g4", "m5", "z7"})));
  one_by_one("BatchDeleteOneByOne", over_keys(Kind::batch_delete, {"a1", "c3", "g4", "m5", "z7"}));
  one_by_one("DeleteRangeOneByOne", over_range(Kind::delete_range, "c", "z9"));
  one_by_one("DeleteRangeOneByOneThatIsNotResent", not_resent(over_range(Kind::delete_range, "c", "z9")));
  one_by_one("CoprocessorOneByOne", over_range(Kind::coprocessor, "b", "z9"));
  return all;
}

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
      case_of("Scan", over_range(Kind::scan)),
      case_of("ScanOfUnknownRegions", over_range(Kind::scan), false),
      case_of("PutWithTtl", living(over_keys(Kind::put, {"g4"}))),
      case_of("BatchPutWithTtls", living(over_keys(Kind::batch_put, many))),
      case_of("GetKeyTtl", over_keys(Kind::get_key_ttl, {"g4"})),
      case_of("BatchDelete", over_keys(Kind::batch_delete, many)),
      case_of("BatchDeleteThatIsNotResent", not_resent(over_keys(Kind::batch_delete, many))),
      case_of("DeleteRange", over_range(Kind::delete_range, "c", "n")),
      case_of("DeleteRangeOfUnknownRegions", over_range(Kind::delete_range, "c", "n"), false),
      case_of("DeleteRangeThatIsNotResent", not_resent(over_range(Kind::delete_range, "c", "n"))),
      case_of("ReverseScan", over_range(Kind::reverse_scan)),
      case_of("ReverseScanOfUnknownRegions", over_range(Kind::reverse_scan, "b", "u"), false),
      case_of("BatchScan", batch_scan()),
      case_of("Scanner", over_range(Kind::scanner)),
      case_of("Checksum", over_range(Kind::checksum, "b", "u")),
      case_of("Coprocessor", over_range(Kind::coprocessor, "b", "u")),
      case_of("CoprocessorThatIsNotResent", not_resent(over_range(Kind::coprocessor, "b", "u"))),
      case_of("CompareAndSwap", swap("g4")),
      case_of("CompareAndSwapOfAnUnknownRegion", swap("g4"), false),
      case_of("CompareAndSwapOfAUniqueValue", swap("g4", true)),
      case_of("PutIfAbsent", swap("b2")),
      failing_swap(),
  };
}

}  // namespace tikv::testing
