#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "rpc/transport.h"
#include "testing/model.h"
#include "wire/errorpb.h"

namespace tikv::testing {

/// A wrong answer that a node shall give to the next requests that match.
struct Injection {
  std::optional<Node> node;    ///< none: any store, any member of PD
  std::string method;          ///< like "RawPut"; empty: any
  wire::errorpb::Error error;  ///< for stores; nothing set in it: `status` is the answer
  /// In a batch of commands a status ends the stream. PD knows no region errors: it needs a status.
  rpc::Status status;
  /// False: nothing is done. True: the request is served first, and only if that went without a
  /// region error the answer becomes this one.
  bool applied = false;
  std::size_t count = 1;
};

/// The injected answers that are still to be given, the oldest first.
class Faults {
 public:
  void add(Injection injection) { waiting_.push_back(std::move(injection)); }
  void clear() { waiting_.clear(); }
  [[nodiscard]] bool empty() const { return waiting_.empty(); }

  /// What to do with a request before it is served, or after: taken off the list. `method` without
  /// its service.
  [[nodiscard]] std::optional<Injection> take(Node node, std::string_view method, bool applied);

 private:
  std::list<Injection> waiting_;
};

/// "/tikvpb.Tikv/RawPut" is "RawPut".
[[nodiscard]] inline std::string_view short_name(std::string_view method) {
  return method.substr(method.rfind('/') + 1);
}

}  // namespace tikv::testing
