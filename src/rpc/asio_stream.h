#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/loop.h"
#include "rpc/byte_stream.h"

namespace tikv::rpc {

struct AsioContext;
class AsioSocket;

/// A TCP connection.
class AsioStream final : public ByteStream {
 public:
  AsioStream(core::Loop& loop, std::shared_ptr<AsioContext> context, std::string_view address);
  ~AsioStream() override;

  void start(Handler& handler) override;
  Outcome read(std::span<char> buffer) override;
  Outcome write(std::span<const char> bytes) override;
  [[nodiscard]] std::size_t bytes_released() const noexcept override;

 private:
  std::shared_ptr<AsioSocket> socket_;
  const std::uint64_t fork_generation_;
};

}  // namespace tikv::rpc
