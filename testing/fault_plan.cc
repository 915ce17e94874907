#include "testing/fault_plan.h"

namespace tikv::testing {

namespace {

using Travel = Fate::Travel;
using Seen = Fate::Seen;

std::string_view name(Travel travel) {
  switch (travel) {
    case Travel::delivered:
      return "delivered";
    case Travel::late:
      return "late";
    case Travel::lost:
      return "lost";
    case Travel::not_sent:
      return "not sent";
    case Travel::refused:
      return "refused";
    case Travel::cannot_connect:
      return "cannot connect";
  }
  return "unknown";
}

constexpr rpc::StatusCode statuses_of_peers[] = {rpc::StatusCode::unavailable, rpc::StatusCode::cancelled,
                                                 rpc::StatusCode::deadline_exceeded, rpc::StatusCode::internal,
                                                 rpc::StatusCode::unknown};
constexpr core::Duration long_after = std::chrono::seconds(40);

void add_every_sight(std::vector<Fate>& fates, Travel travel) {
  const core::Duration late_by = travel == Travel::late ? long_after : core::Duration{};
  fates.push_back({travel, Seen::reset, rpc::StatusCode::unavailable, late_by});
  fates.push_back({travel, Seen::silence, rpc::StatusCode::unavailable, late_by});
  for (const rpc::StatusCode status : statuses_of_peers) fates.push_back({travel, Seen::status, status, late_by});
}

}  // namespace

std::string to_string(const Fate& fate) {
  std::string text(name(fate.travel));
  switch (fate.seen) {
    case Seen::answer:
      break;
    case Seen::reset:
      text += ", seen as reset";
      break;
    case Seen::silence:
      text += ", seen as silence";
      break;
    case Seen::status:
      text += ", seen as " + std::string(rpc::to_string(fate.status));
      break;
  }
  return text;
}

std::vector<Fate> faults_to_server() {
  std::vector<Fate> fates;
  for (const Travel travel : {Travel::not_sent, Travel::refused, Travel::cannot_connect}) {
    fates.push_back({travel, Seen::answer, rpc::StatusCode::unavailable, {}});
  }
  for (const Travel travel : {Travel::delivered, Travel::late, Travel::lost}) add_every_sight(fates, travel);
  return fates;
}

std::vector<Fate> faults_to_client() {
  std::vector<Fate> fates;
  for (const Travel travel : {Travel::delivered, Travel::lost}) add_every_sight(fates, travel);
  fates.push_back({Travel::late, Seen::answer, rpc::StatusCode::unavailable, std::chrono::seconds(1)});
  return fates;
}

}  // namespace tikv::testing
