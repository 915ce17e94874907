// Compare-and-swap: many writers, one key, no lock. Every client that writes such a key must be in atomic
// mode. Run it with the address of PD.
#include <tikv/raw_client.h>

#include <iostream>
#include <string>

//! [cas]
/// Adds one to a counter, whoever else does so at the same time. The value carries who wrote it, so that
/// it is nobody else's: if an answer gets lost, to see the value proves that it was written.
tikv::Result<long> count(const tikv::RawClient& client, const std::string& writer) {
  for (;;) {
    auto before = client.get("counter");
    if (!before) return before.error();
    const long next = 1 + (*before ? std::stol(**before) : 0);
    const std::string value = std::to_string(next) + " by " + writer;
    auto swap = client.compare_and_swap("counter", *before, value, {.unique_value = true});
    if (!swap) return swap.error();  // if it is undetermined(): perhaps counted, so not once more
    if (swap->swapped) return next;
  }
}
//! [cas]

int main(int argc, char** argv) {
  tikv::ClientOptions options = tikv::ClientOptions::parse(argc > 1 ? argv[1] : "127.0.0.1:2379").value();
  options.atomic = true;  // in a URL: ?atomic=true
  auto client = tikv::RawClient::connect(options).value();
  client.delete_key("counter").value();

  for (const char* const writer : {"ada", "grace", "barbara"}) {
    std::cout << writer << " counts " << count(client, writer).value() << '\n';
  }

  auto first = client.put_if_absent("leader", "ada", {.ttl = std::chrono::seconds(10)});
  auto second = client.put_if_absent("leader", "grace", {.ttl = std::chrono::seconds(10)});
  if (!first || !second) {  // a cluster that keeps no times to live says so
    std::cerr << (first ? second : first).error() << '\n';
    return 1;
  }
  std::cout << "the leader is " << (first->swapped ? "ada" : *first->previous) << ", and grace is told "
            << second->previous.value_or("nobody") << '\n';
  client.delete_key("leader").value();
}
