#include "testing/pd_members.h"

#include <algorithm>
#include <utility>

namespace tikv::testing {

PdMembers::PdMembers(std::size_t count) {
  for (std::uint64_t id = 1; id <= std::max<std::size_t>(count, 1); ++id) {
    const std::string name = "pd" + std::to_string(id);
    members_.push_back({id, name, name + ":2379", {}});
  }
}

const PdMember* PdMembers::member(std::uint64_t id) const {
  return id == 0 || id > members_.size() ? nullptr : &members_[id - 1];
}

bool PdMembers::majority() const {
  return 2 * static_cast<std::size_t>(std::ranges::count_if(members_, &PdMember::running)) > members_.size();
}

std::string PdMembers::set_address(std::uint64_t id, std::string address) {
  if (member(id) == nullptr) return "no such member of PD";
  members_[id - 1].address = std::move(address);
  return {};
}

std::string PdMembers::advertise(std::uint64_t id, std::vector<std::string> addresses) {
  if (member(id) == nullptr) return "no such member of PD";
  members_[id - 1].advertised = std::move(addresses);
  return {};
}

std::string PdMembers::transfer_leader(std::uint64_t id) {
  if (id != 0 && member(id) == nullptr) return "no such member of PD";
  if (id != 0 && !running(id)) return "that member of PD is stopped";
  if (id != 0 && !majority()) return "too few members of PD are running";
  leader_ = id;
  elections_ = id != 0;
  return {};
}

std::string PdMembers::stop(std::uint64_t id) {
  if (member(id) == nullptr) return "no such member of PD";
  members_[id - 1].running = false;
  if (leader_ == id || !majority()) leader_ = 0;
  return {};
}

std::string PdMembers::start(std::uint64_t id) {
  if (member(id) == nullptr) return "no such member of PD";
  members_[id - 1].running = true;
  ++members_[id - 1].incarnation;
  return {};
}

void PdMembers::elect() {
  if (leader_ != 0 || !elections_ || !majority()) return;
  leader_ = std::ranges::find_if(members_, &PdMember::running)->id;
}

}  // namespace tikv::testing
