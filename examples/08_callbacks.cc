// Without coroutines: calls that answer by a callback, for programs with an event loop of their own.
#include <tikv/async.h>

#include <future>
#include <iostream>
#include <optional>
#include <string>

//! [callbacks]
using Value = std::optional<std::string>;

/// Writes, then reads; tells `done` what was read. Returns at once.
void write_and_read(const tikv::AsyncRawClient& client, std::function<void(tikv::Result<Value>)> done) {
  client.spawn(client.put("greeting", "hello"), [&client, done](tikv::Result<void> put) {
    // On the client's loop: others wait while this runs, so it only starts the next call.
    if (!put) return done(put.error());
    client.spawn(client.get("greeting"), done);
  });
}
//! [callbacks]

int main(int argc, char** argv) {
  const auto client = tikv::AsyncRawClient::connect(argc > 1 ? argv[1] : "127.0.0.1:2379").value();
  std::promise<tikv::Result<Value>> told;  // what a program with an event loop would post to it
  write_and_read(client, [&](tikv::Result<Value> value) { told.set_value(std::move(value)); });
  const tikv::Result<Value> value = told.get_future().get();
  if (!value) {
    std::cerr << value.error() << '\n';
    return 1;
  }
  std::cout << value->value_or("(nothing there)") << '\n';
}
