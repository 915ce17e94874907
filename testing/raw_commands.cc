// What of each raw request the rules look at.
#include "testing/raw_rules.h"

#include <algorithm>

#include "testing/region_check.h"

namespace tikv::testing {

namespace {

template <class Request>
RawCommand begin(const Request& request, std::string_view name, std::string_view checks) {
  RawCommand command;
  command.name = name;
  command.checks = checks;
  command.api = context_of(request).api_version;
  if constexpr (requires { request.cf; }) command.family = request.cf;
  return command;
}

/// A command that writes; with the latch of compare-and-swap it is another one to TiKV, which does not
/// look at the sizes of keys.
template <class Request>
RawCommand begin_write(const Request& request, std::string_view name, std::string_view checks) {
  RawCommand command = begin(request, name, checks);
  if (request.for_cas) {
    command.name = "raw_atomic_store";
    command.checks = "vftr";
  }
  return command;
}

template <class Ranges>
void add_ranges(RawCommand& command, const Ranges& ranges) {
  for (const kvrpcpb::KeyRange& range : ranges) command.ranges.emplace_back(range.start_key, range.end_key);
}

}  // namespace

RawCommand command_of(const kvrpcpb::RawGetRequest& request, const Abilities&) {
  RawCommand command = begin(request, "raw_get", "vrf");
  command.keys = {request.key};
  return command;
}

RawCommand command_of(const kvrpcpb::RawBatchGetRequest& request, const Abilities&) {
  RawCommand command = begin(request, "raw_batch_get", "vrf");
  command.keys.assign(request.keys.begin(), request.keys.end());
  return command;
}

RawCommand command_of(const kvrpcpb::RawPutRequest& request, const Abilities&) {
  RawCommand command = begin_write(request, "raw_put", "vstfr");
  command.keys = {request.key};
  command.longest_ttl = request.ttl;
  return command;
}

RawCommand command_of(const kvrpcpb::RawBatchPutRequest& request, const Abilities& abilities) {
  RawCommand command = begin_write(request, "raw_batch_put", "vfstr");
  for (std::size_t i = 0; i < request.pairs.size(); ++i) {
    command.keys.emplace_back(request.pairs[i].key);
    command.longest_ttl = std::max(command.longest_ttl, ttl_of_pair(request, i, abilities));
  }
  const std::size_t ttls = request.ttls.size();
  command.odd_ttls = abilities.ttl_per_pair && ttls > 1 && ttls != request.pairs.size();
  return command;
}

RawCommand command_of(const kvrpcpb::RawDeleteRequest& request, const Abilities&) {
  RawCommand command = begin_write(request, "raw_delete", "vsfr");
  command.keys = {request.key};
  return command;
}

RawCommand command_of(const kvrpcpb::RawBatchDeleteRequest& request, const Abilities&) {
  RawCommand command = begin_write(request, "raw_batch_delete", "vfsr");
  command.keys.assign(request.keys.begin(), request.keys.end());
  return command;
}

RawCommand command_of(const kvrpcpb::RawDeleteRangeRequest& request, const Abilities&) {
  RawCommand command = begin(request, "raw_delete_range", "svfr");
  command.ranges = {{request.start_key, request.end_key}};
  return command;
}

RawCommand command_of(const kvrpcpb::RawScanRequest& request, const Abilities&) {
  RawCommand command = begin(request, "raw_scan", "vrf");
  command.ranges = {{request.start_key, request.end_key}};
  return command;
}

RawCommand command_of(const kvrpcpb::RawBatchScanRequest& request, const Abilities&) {
  RawCommand command = begin(request, "raw_batch_scan", "vrf");
  add_ranges(command, request.ranges);
  return command;
}

RawCommand command_of(const kvrpcpb::RawCASRequest& request, const Abilities&) {
  RawCommand command = begin(request, "raw_compare_and_swap", "vftr");
  command.keys = {request.key};
  command.longest_ttl = request.ttl;
  return command;
}

RawCommand command_of(const kvrpcpb::RawGetKeyTTLRequest& request, const Abilities&) {
  RawCommand command = begin(request, "raw_get_key_ttl", "vrf");
  command.keys = {request.key};
  return command;
}

RawCommand command_of(const kvrpcpb::RawChecksumRequest& request, const Abilities&) {
  RawCommand command = begin(request, "raw_checksum", "vrf");
  add_ranges(command, request.ranges);
  return command;
}

RawCommand command_of(const kvrpcpb::RawCoprocessorRequest& request, const Abilities&) {
  RawCommand command = begin(request, "raw_scan", "vrf");  // which is what our plug-in does
  add_ranges(command, request.ranges);
  return command;
}

}  // namespace tikv::testing
