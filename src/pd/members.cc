#include "pd/members.h"

#include <algorithm>
#include <utility>

#include "core/address.h"
#include "core/printable.h"
#include "pd/pd_errors.h"

namespace tikv::pd {

std::string_view address_of_url(std::string_view url) noexcept {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  if (const auto path = url.find('/'); path != std::string_view::npos) url = url.substr(0, path);
  return url;
}

Members::Members(std::vector<std::string> configured, std::uint64_t expected_cluster)
    : configured_(std::move(configured)), cluster_id_(expected_cluster) {}

std::vector<std::string> Members::candidates() const {
  std::vector<std::string> all = told_;
  for (const std::string& address : configured_) {
    if (std::find(all.begin(), all.end(), address) == all.end()) all.push_back(address);
  }
  return all;
}

Result<void> Members::learn(std::string_view asked, const wire::pdpb::GetMembersResponse& answer) {
  const std::string who = "PD at " + std::string(asked);
  const std::uint64_t cluster = answer.header().cluster_id();
  if (cluster_id_ != 0 && cluster != 0 && cluster != cluster_id_) {
    return of_another_cluster(asked, cluster, cluster_id_);
  }
  if (const std::optional<Error> refused = refusal(asked, answer.header())) {
    return Error(ErrorKind::unavailable, refused->summary());  // another member may know
  }
  if (cluster == 0) return Error(ErrorKind::unavailable, who + " does not know its cluster yet");
  std::vector<std::string> told;
  for (const auto& member : answer.members()) {
    if (told.size() == core::limits::pd_addresses) break;
    if (member.client_urls_size() == 0) continue;
    const std::string_view address = address_of_url(member.client_urls(0));
    if (core::parse_address(address)) told.emplace_back(address);
  }
  if (answer.leader().client_urls_size() == 0) {
    return Error(ErrorKind::unavailable, who + " knows no leader of PD at the moment");
  }
  const std::string_view leader = address_of_url(answer.leader().client_urls(0));
  if (!core::parse_address(leader)) {
    return Error(ErrorKind::unavailable, who + " tells an address of the leader of PD that is none: " +
                                             core::quoted(answer.leader().client_urls(0)));
  }
  cluster_id_ = cluster;
  if (!told.empty()) told_ = std::move(told);
  leader_ = leader;
  return {};
}

}  // namespace tikv::pd
