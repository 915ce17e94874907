// Errors are values that tell a story. This program provokes a few.
#include <tikv/raw_client.h>

#include <iostream>

//! [errors]
void explain(const tikv::Error& error) {
  std::cout << to_string(error.kind()) << '\n';
  if (error.undetermined()) std::cout << "  the write may have happened: read to find out\n";
  if (error.retryable()) std::cout << "  the same call may succeed later\n";
  for (const tikv::Attempt& attempt : error.attempts()) {
    std::cout << "  tried " << attempt.address << ", " << to_string(attempt.delivery) << ": " << attempt.outcome
              << '\n';
  }
  std::cout << "  " << error.message() << '\n';  // for people; everything above is in it
}
//! [errors]

int main(int argc, char** argv) {
  // Bad input is an error before anything is sent.
  explain(tikv::RawClient::connect("tikv://127.0.0.1:2379?timout=5s").error());
  explain(tikv::RawClient::connect("127.0.0.1").error());

  // Nobody listens there: an error in time, never a hang.
  tikv::ClientOptions nobody;
  nobody.pd_addresses = {"127.0.0.1:1"};
  nobody.connect_timeout = std::chrono::milliseconds(300);
  explain(tikv::RawClient::connect(nobody).error());

  auto client = tikv::RawClient::connect(argc > 1 ? argv[1] : "127.0.0.1:2379").value();
  explain(client.put("", "a value without a key").error());

  // Inside the client's own coroutines a blocking call could only wait for itself.
  auto inside = [](const tikv::RawClient& raw) -> tikv::Task<void> {
    explain(raw.get("key").error());
    co_return {};
  };
  client.async().run(inside(client)).value();

  client.close();
  explain(client.get("key").error());

  try {
    (void)client.get("key").value();  // for those who prefer exceptions
  } catch (const tikv::Exception& thrown) {
    std::cout << "thrown: " << to_string(thrown.error().kind()) << '\n';
  }
}
