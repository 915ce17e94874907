#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "testing/network.h"

namespace tikv::testing {

/// Knows from the network which writes a client cannot know the fate of, and which region errors
/// clients have met.
class WireObserver final : public NetworkListener {
 public:
  void on_event(const NetworkEvent& event) override;

  /// Is a write of this key one of those asked for?
  using Concerns = std::function<bool(const std::string& key)>;

  /// Did `client` send a write of such a key between `begin` and `end` that it got no conclusive answer
  /// to by `end`?
  [[nodiscard]] bool in_doubt(std::string_view client, const Concerns& concerns, core::Time begin,
                              core::Time end) const;
  /// Did a write of `key` that `client` sent after `begin` succeed, and the client know it by `end`?
  [[nodiscard]] bool told_of_success(std::string_view client, std::string_view key, core::Time begin,
                                     core::Time end) const;
  /// How many writes of `key` that the client sent in that time without a conclusive answer by `end` reached
  /// a store, sooner or later: each of them may have been applied. What reached none is applied never.
  [[nodiscard]] std::size_t lost_copies(std::string_view client, std::string_view key, core::Time begin,
                                        core::Time end) const;
  /// Region errors that reached clients, by name.
  [[nodiscard]] const std::map<std::string, std::uint64_t, std::less<>>& region_errors() const {
    return region_errors_;
  }
  [[nodiscard]] std::uint64_t region_errors(std::string_view name) const;

 private:
  void note_write(const NetworkEvent& event);
  void note_arrival(const NetworkEvent& event);
  void note_answers(const NetworkEvent& event);

  struct Write {
    /// Sent by `client` in that time, and without a conclusive answer by `end`.
    [[nodiscard]] bool doubtful(std::string_view by, core::Time begin, core::Time end) const {
      return client == by && begin <= sent && sent <= end && settled > end;
    }

    std::string client;
    core::Time sent{};  ///< on a stream it may leave later, also after its caller has gone
    bool left = false;
    bool arrived = false;
    std::vector<std::string> keys;
    core::Time settled = core::never;  ///< when a conclusive answer came
    std::optional<std::string> range_end;
    bool succeeded = false;
  };

  std::vector<Write> writes_;
  /// By exchange and id in it: a place in `writes_`.
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t> waiting_;
  std::map<std::string, std::uint64_t, std::less<>> region_errors_;
};

}  // namespace tikv::testing
