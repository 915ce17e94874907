// The first program: connect, write, read. Run it with the address of PD:
//   tikv-sandbox --pd-port 2379 &
//   ./01_raw 127.0.0.1:2379
//! [raw]
#include <tikv/raw_client.h>

#include <iostream>

int main(int argc, char** argv) {
  auto client = tikv::RawClient::connect(argc > 1 ? argv[1] : "127.0.0.1:2379").value();
  client.put("greeting", "hello").value();
  auto greeting = client.get("greeting");  // Result<std::optional<std::string>>
  if (!greeting)
    std::cerr << greeting.error() << '\n';
  else
    std::cout << greeting->value_or("(nothing there)") << '\n';
}
//! [raw]
