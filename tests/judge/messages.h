#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tikv::judge {

/// One of our messages, by its bytes.
struct Kind {
  std::string name;  ///< `kvrpcpb.RawGetRequest`
  /// Decoded and encoded again by us; none if we refuse them.
  std::function<std::optional<std::string>(std::string_view)> recode;
  /// Decoded by us into a message that held something else before: is it what a fresh one is?
  std::function<bool(std::string_view before, std::string_view bytes)> forgets;
  /// Decodes; the heap that it takes meanwhile is what is looked at.
  std::function<bool(std::string_view)> decode;
};

/// All of them, and those of constructs.proto.
[[nodiscard]] const std::vector<Kind>& kinds();
[[nodiscard]] const Kind* kind_of(std::string_view name);

/// Google's class of the same message, empty.
[[nodiscard]] std::unique_ptr<google::protobuf::Message> theirs(const std::string& name);

/// Google's bytes, of which there are the same whenever the content is: maps are in the order of their keys.
[[nodiscard]] std::string bytes_of(const google::protobuf::Message& message);

}  // namespace tikv::judge
