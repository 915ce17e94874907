#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "testing/network.h"
#include "testing/stable_hash.h"

namespace tikv::testing {

/// What happened in a simulation: a hash over all of it, and, where it is wanted, a text for people.
/// Two runs with the same seed have the same hash; the first line in which two texts differ tells
/// where they part.
class Timeline final : public NetworkListener {
 public:
  /// `lines_kept` 0: only the hash. The newest lines are kept.
  explicit Timeline(core::Loop& loop, std::size_t lines_kept = 0) : loop_(loop), lines_kept_(lines_kept) {}

  void on_event(const NetworkEvent& event) override;
  /// Something that a node did or that befell it: `nemesis`, `splits the region of a7`.
  void note(std::string_view node, std::string_view what);

  [[nodiscard]] std::uint64_t hash() const { return hash_.value(); }
  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] std::string text() const;

 private:
  void add_line(core::Time at, const std::string& what);

  core::Loop& loop_;
  std::size_t lines_kept_;
  StableHash hash_;
  std::uint64_t events_ = 0;
  std::uint64_t dropped_ = 0;
  std::deque<std::string> lines_;
};

}  // namespace tikv::testing
