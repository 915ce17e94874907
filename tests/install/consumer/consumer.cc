// Uses the installed library as a user's program does: its headers, its symbols across the border of
// the shared library, and an exception thrown there and caught here.
#include <tikv/error.h>
#include <tikv/result.h>

#include <iostream>

int main() {
  const tikv::Result<int> failed = tikv::Error(tikv::ErrorKind::invalid_argument, "a key is empty");
  try {
    (void)failed.value();
  } catch (const tikv::Exception& thrown) {
    std::cout << thrown.error() << '\n';
    return thrown.error().kind() == tikv::ErrorKind::invalid_argument ? 0 : 1;
  }
  std::cerr << "no exception came\n";
  return 1;
}
