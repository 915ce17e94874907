#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tikv::testing {

struct PdMember {
  std::uint64_t id = 0;
  std::string name;
  std::string address;
  std::vector<std::string> advertised{};  ///< in place of the address, if there are any
  bool running = true;
  std::uint64_t incarnation = 1;  ///< each start is a new process
};

/// The members of the placement driver, and who of them leads. Methods that change something answer
/// an empty text, or why the change is not possible.
class PdMembers {
 public:
  /// Members 1, 2, …; the first one leads.
  explicit PdMembers(std::size_t count);

  [[nodiscard]] const std::vector<PdMember>& all() const { return members_; }
  /// Null for an unknown id.
  [[nodiscard]] const PdMember* member(std::uint64_t id) const;
  /// 0: nobody leads.
  [[nodiscard]] std::uint64_t leader() const { return leader_; }
  [[nodiscard]] bool running(std::uint64_t id) const { return member(id) != nullptr && member(id)->running; }

  std::string set_address(std::uint64_t id, std::string address);
  /// What the member tells of where it is.
  std::string advertise(std::uint64_t id, std::vector<std::string> addresses);
  /// 0: nobody leads until somebody is named here.
  std::string transfer_leader(std::uint64_t id);
  /// A leader that stops leads no more; `elect` finds the next one.
  std::string stop(std::uint64_t id);
  std::string start(std::uint64_t id);
  /// Where nobody leads the first running member does, if more than half of all are running.
  void elect();

 private:
  [[nodiscard]] bool majority() const;

  std::vector<PdMember> members_;
  std::uint64_t leader_ = 1;
  bool elections_ = true;  // off after `transfer_leader(0)`
};

}  // namespace tikv::testing
