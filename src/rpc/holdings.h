#pragma once

#include <cstddef>

namespace tikv::rpc {

/// What a transport holds at a moment, over all addresses. Whatever the end of a call was, when none is under way
/// all but the connections is zero again. For tests, and for who looks for a leak.
struct Holdings {
  std::size_t connections = 0;      ///< being made, in use, or draining
  std::size_t blocked = 0;          ///< calls that wait for room under the limit of bytes in flight
  std::size_t waiting = 0;          ///< calls that wait for a connection
  std::size_t bytes_in_flight = 0;  ///< of requests
  std::size_t exchanges = 0;        ///< calls and streams on connections
  std::size_t awaited = 0;          ///< those of them that wait for the peer
  std::size_t open_streams = 0;     ///< as HTTP/2 counts them: forgotten ones, too
  std::size_t output = 0;           ///< bytes made and not yet given to the kernel
  std::size_t untold = 0;           ///< calls with something to tell
  /// Bytes of receive windows that are not given back: they go back by halves of a window.
  std::size_t receive_window = 0;

  [[nodiscard]] bool nothing_under_way() const noexcept {
    return blocked + waiting + bytes_in_flight + exchanges + awaited + open_streams + output + untold == 0;
  }
};

template <class List>
[[nodiscard]] std::size_t count(List& list) noexcept {
  std::size_t number = 0;
  for ([[maybe_unused]] auto& each : list) ++number;
  return number;
}

}  // namespace tikv::rpc
