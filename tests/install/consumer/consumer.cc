// Uses the installed library as a user's program does: its headers, its symbols across the border of
// the shared library, and an exception thrown there and caught here.
#include <tikv/async.h>
#include <tikv/raw_client.h>

#include <iostream>

int main() {
  const tikv::Result<tikv::RawClient> client = tikv::RawClient::connect("this is no address");
  if (client) {
    std::cerr << "connected to nowhere\n";
    return 1;
  }
  try {
    (void)client.value();
  } catch (const tikv::Exception& thrown) {
    std::cout << thrown.error() << '\n';
    return thrown.error().kind() == tikv::ErrorKind::invalid_argument ? 0 : 1;
  }
  std::cerr << "no exception came\n";
  return 1;
}
