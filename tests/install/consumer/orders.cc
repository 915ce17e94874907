#include "orders.h"

namespace orders {

namespace {

int next(const std::optional<std::string>& known) { return std::stoi(known.value_or("0")) + 1; }

}  // namespace

tikv::Result<int> count_order(const tikv::RawClient& client, const std::string& customer) {
  const auto known = client.get("orders/" + customer);
  if (!known) return known.error();
  if (const auto put = client.put("orders/" + customer, std::to_string(next(*known))); !put) return put.error();
  return next(*known);
}

tikv::Task<int> count_order(const tikv::AsyncRawClient& client, std::string customer) {
  const std::string key = "orders/" + customer;
  const auto known = co_await ok(client.get(key));
  const std::string value = std::to_string(next(known));
  co_await ok(client.put(key, value));
  co_return next(known);
}

int orders_of(const tikv::RawClient& client, const std::string& customer) {
  return std::stoi(client.get("orders/" + customer).value().value_or("0"));
}

}  // namespace orders
