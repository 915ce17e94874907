#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/errorpb.h"

namespace tikv::testing {

/// What a store is asked, as far as an observer cares.
struct CommandSeen {
  std::uint64_t id = 0;   ///< in a batch of commands; 0 for a call of its own
  std::string_view name;  ///< `RawPut`
  std::uint64_t region = 0;
  bool writes = false;
  std::vector<std::string> keys;  ///< of a scan: its start
  /// Of a command about one range: its end, empty if it is open.
  std::optional<std::string> range_end;
};

/// What a store answered to one command.
struct AnswerSeen {
  std::uint64_t id = 0;
  std::string_view name;
  std::optional<wire::errorpb::Error> region_error;
  std::string error;
  bool empty = false;  ///< an answer in a batch that says nothing
};

/// The commands in a message to a store; none for other messages and for what cannot be parsed.
[[nodiscard]] std::vector<CommandSeen> commands_in(std::string_view method, std::string_view bytes);
[[nodiscard]] std::vector<AnswerSeen> answers_in(std::string_view method, std::string_view bytes);

/// Such an answer does not prove that the command had no effect: it may have been proposed already.
[[nodiscard]] bool leaves_doubt(const wire::errorpb::Error& error);

/// What a message says, in a few words: `RawPut region 7 key a1`. Its size for one that is unknown.
[[nodiscard]] std::string describe_message(std::string_view method, bool from_client, std::string_view bytes);

}  // namespace tikv::testing
