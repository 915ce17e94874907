#pragma once

#include <tikv/async.h>
#include <tikv/raw_client.h>

#include <string>

// A user's library, whose tests run it on a cluster in their process.
namespace orders {

/// One more order of this customer; how many there are then.
[[nodiscard]] tikv::Result<int> count_order(const tikv::RawClient& client, const std::string& customer);
/// The same with coroutines, which are compiled into the library.
[[nodiscard]] tikv::Task<int> count_order(const tikv::AsyncRawClient& client, std::string customer);
/// Throws what `.value()` throws.
int orders_of(const tikv::RawClient& client, const std::string& customer);

}  // namespace orders
