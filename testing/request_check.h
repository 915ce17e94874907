#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "testing/network.h"
#include "tikv/options.h"

namespace tikv::testing {

/// What a client's requests to stores must and must not set, as far as it follows from how the client
/// was made.
struct RequestManners {
  std::uint64_t cluster_id = 0;
  bool atomic = false;
  ApiVersion api_version = ApiVersion::v1;
  std::uint32_t keyspace_id = 0;
};

/// Looks at every field of every request that our own client sends to a store. A store says nothing where
/// it could: it serves what names no cluster, takes no latch for what does not ask for one, and a field of
/// no meaning to it is ignored. So here: what sets less or more than its kind is told of, in words.
class RequestCheck final : public NetworkListener {
 public:
  /// Told of a request that is not as it must be.
  using Complain = std::function<void(const std::string& what)>;

  explicit RequestCheck(Complain complain) : complain_(std::move(complain)) {}

  /// The requests of clients that are not named here are looked at too, but not for what depends on them.
  void expect(const std::string& client, const RequestManners& manners) { manners_[client] = manners; }
  void on_event(const NetworkEvent& event) override;

 private:
  Complain complain_;
  std::map<std::string, RequestManners, std::less<>> manners_;
};

/// What is wrong with a request of this method (`RawPut`), a line for each fault; empty: nothing.
[[nodiscard]] std::vector<std::string> faults_of_request(std::string_view method, std::string_view bytes,
                                                         const std::optional<RequestManners>& manners);

}  // namespace tikv::testing
