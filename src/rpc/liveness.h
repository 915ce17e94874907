#pragma once

#include <cstdint>

#include "rpc/transport.h"

namespace tikv::rpc {

/// Whether the peer of one connection lives, as far as can be told from when it said something and what
/// it owes: a fact of the connection, whoever waited and left. Pure: it gets the time, and says what to do.
class Liveness {
 public:
  enum class Step : std::uint8_t {
    none,
    ping,     ///< send a ping
    company,  ///< try another connection beside this one
    silent,   ///< tell those who wait that the peer is silent; comes again and again
    lost,     ///< give the connection up
  };

  explicit Liveness(const SilenceRules& rules) : rules_(rules) {}

  /// The connection stands; making it took so long.
  void ready(core::Time now, core::Duration connecting_took) noexcept;
  /// Bytes came. True if a ping was unanswered until now.
  bool heard(core::Time now) noexcept;
  /// The peer took bytes, though it said nothing: a ping may be behind many of them.
  void took_bytes(core::Time now) noexcept {
    owed_since_ = core::never;
    if (pinged_at_ != core::never) pinged_at_ = now;
  }
  /// The peer owes us something.
  void owes(core::Time now) noexcept {
    if (owed_since_ == core::never) owed_since_ = now;
  }
  /// A request was put on the connection.
  void called() noexcept { called_ = true; }
  /// Somebody would use the connection if it were trusted.
  void prove() noexcept { proving_ = true; }
  /// Another connection to the address lives.
  void superseded() noexcept { superseded_ = true; }

  /// May a request go onto it? If not, `prove()` and wait.
  [[nodiscard]] bool trusted(core::Time now) const noexcept {
    return !company_ && !superseded_ && now - heard_at_ < rules_.trusted_for;
  }
  /// Another connection is worth a try.
  [[nodiscard]] bool wants_company() const noexcept { return company_; }
  /// Something is owed, or was asked, that has not come.
  [[nodiscard]] bool waits() const noexcept { return pinged_at_ != core::never || owed_since_ != core::never; }
  [[nodiscard]] bool proof_due() const noexcept { return proving_ && pinged_at_ == core::never; }
  [[nodiscard]] core::Duration waited_for_ping(core::Time now) const noexcept { return now - pinged_at_; }

  /// What is to be done now. Ask until it is `none`. `answers_heard` counts what the peer has sent besides
  /// its answers to pings.
  [[nodiscard]] Step next_step(core::Time now, std::uint64_t answers_heard) noexcept;
  /// When to ask again if nothing happens; `never` if nothing is to come.
  [[nodiscard]] core::Time due(std::uint64_t answers_heard) const noexcept;

 private:
  [[nodiscard]] core::Time ping_due(std::uint64_t answers_heard) const noexcept;
  [[nodiscard]] core::Duration patience() const noexcept {
    return superseded_ ? rules_.lost_beside_another : rules_.lost_after;
  }

  const SilenceRules& rules_;
  core::Duration company_after_{};
  core::Duration silent_after_{};
  core::Time heard_at_{};
  core::Time owed_since_ = core::never;  // since when it has owed something, and said nothing
  core::Time pinged_at_ = core::never;   // when the ping that is unanswered was sent
  core::Time last_ping_ = core::never;   // when the last one was sent, answered or not
  core::Time tell_at_ = core::never;
  std::uint64_t answers_at_ping_ = 0;
  bool early_ping_used_ = false;
  bool called_ = false;  // since it was heard
  bool proving_ = false;
  bool company_ = false;
  bool superseded_ = false;
};

}  // namespace tikv::rpc
