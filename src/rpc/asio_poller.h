#pragma once

#include <cstdint>
#include <memory>

#include "core/poller.h"

namespace tikv::rpc {

struct AsioContext;

/// Readiness events of sockets, through Asio.
class AsioPoller final : public core::Poller {
 public:
  /// Throws `std::system_error` if the process can open no more descriptors.
  AsioPoller();
  ~AsioPoller() override;

  void poll(core::Duration most) override;
  void wake() override;

  /// For the sockets that it watches.
  [[nodiscard]] const std::shared_ptr<AsioContext>& context() const noexcept { return context_; }

 private:
  std::shared_ptr<AsioContext> context_;
  const std::uint64_t fork_generation_;
};

}  // namespace tikv::rpc
