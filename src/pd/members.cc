#include "pd/members.h"

#include <algorithm>
#include <utility>

#include "core/address.h"
#include "core/printable.h"
#include "pd/pd_errors.h"

namespace tikv::pd {

namespace {

bool contains(const std::vector<std::string>& list, std::string_view address) {
  return std::find(list.begin(), list.end(), address) != list.end();
}

void add_once(std::vector<std::string>& list, std::string address) {
  if (list.size() < core::limits::pd_addresses && !address.empty() && !contains(list, address))
    list.push_back(std::move(address));
}

}  // namespace

std::string_view address_of_url(std::string_view url) noexcept {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  if (const auto path = url.find('/'); path != std::string_view::npos) url = url.substr(0, path);
  return url;
}

Members::Members(std::vector<std::string> configured, std::uint64_t expected_cluster, core::AddressMap map)
    : addresses_(std::move(map)), configured_(std::move(configured)), cluster_id_(expected_cluster) {}

std::vector<std::string> Members::candidates() const {
  std::vector<std::string> all = told_;
  for (const std::string& address : configured_) {  // always: whatever PD tells
    if (!contains(all, address)) all.push_back(address);
  }
  return all;
}

std::string Members::in_words() const {
  std::string text;
  for (const std::string& address : told_) text += (text.empty() ? "" : ",") + address;
  return text;
}

Result<void> Members::learn(std::string_view asked, const wire::pdpb::GetMembersResponse& answer) {
  const std::string who = "PD at " + std::string(asked);
  const std::uint64_t cluster = answer.header ? answer.header->cluster_id : 0;
  if (cluster_id_ != 0 && cluster != 0 && cluster != cluster_id_) {
    return of_another_cluster(asked, cluster, cluster_id_);
  }
  if (const std::optional<Error> refused = refusal(asked, answer.header)) {
    return Error(ErrorKind::unavailable, refused->summary());  // another member may know
  }
  if (cluster == 0) return Error(ErrorKind::unavailable, who + " does not know its cluster yet");
  const auto reached = [&](const std::string& url) {
    const std::string_view told = address_of_url(url);
    if (!core::parse_address(told)) return std::string();
    return contains(configured_, told) ? std::string(told) : addresses_.member(told, asked);
  };
  std::vector<std::string> told;
  for (const auto& member : answer.members) {
    for (const std::string& url : member.client_urls) add_once(told, reached(url));
    if (told.size() == core::limits::pd_addresses) break;
  }
  if (!answer.leader || answer.leader->client_urls.empty()) {
    return Error(ErrorKind::unavailable, who + " knows no leader of PD at the moment");
  }
  const wire::pdpb::Member& leader = *answer.leader;
  std::vector<std::string> of_leader;
  for (const std::string& url : leader.client_urls) {
    add_once(of_leader, reached(url));
    if (of_leader.size() == core::limits::pd_addresses) break;
  }
  if (of_leader.empty()) {
    return Error(ErrorKind::unavailable, who + " tells an address of the leader of PD that is none: " +
                                             core::quoted(leader.client_urls.front()));
  }
  cluster_id_ = cluster;
  told_by_ = asked;
  if (!told.empty()) told_ = std::move(told);
  if (leader_id_ != leader.member_id || leader_addresses_ != of_leader) not_the_leader_.clear();
  leader_id_ = leader.member_id;
  leader_addresses_ = std::move(of_leader);
  choose_leader();
  return {};
}

bool Members::is_told(std::string_view address) const { return contains(told_, address); }

std::string Members::stand_in() const {
  for (const std::string& address : configured_) {
    const bool may_lead = !is_told(address) && !contains(leader_addresses_, address);
    if (may_lead && answering_.contains(address) && !not_the_leader_.contains(address)) return address;
  }
  return {};
}

bool Members::leader_is_clear() const {
  const auto answers = [this](const std::string& address) { return answering_.contains(address); };
  if (std::any_of(leader_addresses_.begin(), leader_addresses_.end(), answers)) return true;
  return leader_addresses_.size() == 1 && stand_in().empty();
}

void Members::choose_leader() {
  for (const std::string& address : leader_addresses_) {
    if (!answering_.contains(address)) continue;
    leader_ = address;
    return;
  }
  const std::string other = stand_in();
  leader_ = other.empty() && !leader_addresses_.empty() ? leader_addresses_.front() : other;
}

void Members::note_failed(const std::string& address) {
  answering_.erase(address);
  if (contains(leader_addresses_, address)) {
    not_the_leader_.clear();  // they get another chance
  } else {
    not_the_leader_.insert(address);
  }
}

}  // namespace tikv::pd
