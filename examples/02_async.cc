// The same cluster from coroutines: many calls wait at the same time on one thread, with no locks.
#include <tikv/async.h>

#include <iostream>
#include <string>
#include <vector>

//! [async]
/// Copies a value; leaves with the error of whichever call fails first.
tikv::Task<std::size_t> copy(const tikv::AsyncRawClient& client, std::string from, std::string to) {
  auto value = co_await ok(client.get(from));  // unwrap, or leave with the error
  if (!value) co_return 0;
  co_await ok(client.put(to, *value));
  co_return value->size();
}

/// A hundred calls side by side, at most sixteen at a time.
tikv::Task<int> put_many(const tikv::AsyncRawClient& client) {
  std::vector<tikv::Task<void>> puts;
  for (int i = 0; i < 100; ++i) puts.push_back(client.put("key/" + std::to_string(i), "value"));
  int written = 0;
  for (const auto& result : co_await ok(tikv::gather(std::move(puts), 16))) {
    if (result) ++written;
  }
  co_return written;
}
//! [async]

tikv::Task<void> run(const tikv::AsyncRawClient& client) {
  std::cout << "wrote " << co_await ok(put_many(client)) << " keys\n";
  std::cout << "copied " << co_await ok(copy(client, "key/7", "copy")) << " bytes\n";

  tikv::CancelScope scope;  // cancel() from any thread ends what was started with it
  scope.cancel();
  tikv::ReadOptions options;
  options.timeout = std::chrono::milliseconds(50);
  options.cancel = &scope;
  auto cancelled = co_await client.get("key/7", options);
  std::cout << "a cancelled call: " << to_string(cancelled.error().kind()) << '\n';
  co_return {};
}

int main(int argc, char** argv) {
  auto client = tikv::AsyncRawClient::connect(argc > 1 ? argv[1] : "127.0.0.1:2379").value();
  auto done = client.run(run(client));  // blocks; spawn(task, callback) does not
  if (done) return 0;
  std::cerr << done.error() << '\n';
  return 1;
}
