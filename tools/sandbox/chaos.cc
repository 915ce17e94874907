#include "chaos.h"

#include <array>
#include <string_view>
#include <utility>

namespace tikv::sandbox {

namespace {

constexpr std::array<std::string_view, 7> errors{"NotLeader",    "EpochNotMatch", "RegionNotFound",   "ServerIsBusy",
                                                 "StaleCommand", "UNAVAILABLE",   "ReadIndexNotReady"};

}  // namespace

Chaos::Chaos(const ChaosOptions& options) : options_(options), random_(options.seed) {}

std::string Chaos::key() {
  static constexpr std::string_view symbols = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  return {symbols[draw(symbols.size())], symbols[draw(symbols.size())]};
}

std::string Chaos::store() { return std::to_string(1 + draw(options_.stores)); }

std::vector<std::string> Chaos::next() {
  ++count_;
  if (!mending_.empty() && mending_.front().first <= count_) {
    Words command = std::move(mending_.front().second);
    mending_.pop_front();
    return command;
  }
  return fault();
}

void Chaos::mend(Words command) { mending_.emplace_back(count_ + 1 + draw(3), std::move(command)); }

std::vector<std::string> Chaos::fault() {
  const bool whole = mending_.empty();
  const std::uint64_t kind = draw(10);
  if (kind < 3) {
    const std::string region = "@" + key();
    return {"move-leader", region, store()};
  }
  if (kind == 3) return {"split", key()};
  if (kind == 4) return {"merge", "@" + key()};
  if (kind == 5) {
    const std::string error(errors[draw(errors.size())]);
    Words command{"fail", error, "--count", std::to_string(1 + draw(5))};
    // What is answered so may have been applied all the same.
    if ((error == "StaleCommand" || error == "RegionNotFound" || error == "UNAVAILABLE") && draw(2) == 0) {
      command.emplace_back("--applied");
    }
    return command;
  }
  if (!whole) return {"move-leader", "@" + key(), "1"};
  if (kind == 6) {
    mend({"pd-lag", "off"});
    return {"pd-lag", "on"};
  }
  if (kind == 7) return {"restart-pd"};
  const std::string node = store();
  if (kind == 8) {
    mend({"slow-store", node, "0"});
    return {"slow-store", node, std::to_string(50 + draw(500))};
  }
  mend({"start-store", node, "--port", draw(2) == 0 ? "same" : "new"});
  return {"stop-store", node};
}

}  // namespace tikv::sandbox
