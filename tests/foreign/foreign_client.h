#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/child_process.h"

namespace tikv::test {

/// An answer that is not what it must be. Ends the test.
class WrongAnswer : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// What came of a compare-and-swap.
struct SwapOutcome {
  bool swapped = false;
  std::optional<std::string> previous;
  friend bool operator==(const SwapOutcome&, const SwapOutcome&) = default;
};

struct Checksum {
  std::uint64_t crc64_xor = 0;
  std::uint64_t pairs = 0;
  std::uint64_t bytes = 0;
  friend bool operator==(const Checksum&, const Checksum&) = default;
};

/// A client of other people in a program of its own, which is told by lines of words what to do:
/// README.md. Every verb throws `WrongAnswer` if the client reports a failure or the program ends.
class ForeignClient {
 public:
  /// `program` may have arguments of its own, which come first.
  ForeignClient(const std::vector<std::string>& program, const std::string& pd, const std::string& api_version,
                const std::string& keyspace);

  /// Does the client have the verb? One that it does not have is not asked for.
  [[nodiscard]] bool knows(const std::string& verb) const { return verbs_.contains(verb); }
  /// For all verbs from here on; empty: the default one.
  void use_family(const std::string& name) { family_ = name; }

  std::optional<std::string> get(const std::string& key);
  Pairs batch_get(const std::vector<std::string>& keys);
  /// Verbs of writes without an answer: put, delete, batch_put, delete_range, …
  void write(const std::string& verb, const std::vector<std::string>& arguments);
  /// The same with a number before (batch_put_ttl) or behind (put_ttl) the rest.
  void write_with_ttl(const std::string& verb, const std::vector<std::string>& arguments, std::uint64_t seconds);
  Pairs scan(const std::string& verb, const std::string& start, const std::string& end, std::size_t limit);
  std::vector<std::string> scan_keys(const std::string& verb, const std::string& start, const std::string& end,
                                     std::size_t limit);
  Pairs scan_prefix(const std::string& prefix);
  Pairs scan_all(const std::string& start, const std::string& end);
  Pairs batch_scan(std::size_t limit, const std::vector<std::string>& bounds);
  std::vector<std::string> batch_scan_keys(std::size_t limit, const std::vector<std::string>& bounds);
  /// Seconds; nothing if there is no such key.
  std::optional<std::uint64_t> ttl(const std::string& key);
  SwapOutcome compare_and_swap(const std::string& key, const std::optional<std::string>& previous,
                               const std::string& value);
  /// The value that was there before, if there was one.
  std::optional<std::string> put_if_absent(const std::string& key, const std::string& value);
  /// How many keys the sandbox's plug-in counts in a range, over all regions.
  std::size_t count_by_plugin(const std::string& start, const std::string& end);
  Checksum checksum(const std::string& start, const std::string& end);

  /// How often each verb was answered.
  [[nodiscard]] const std::map<std::string, std::size_t>& counts() const noexcept { return counts_; }

 private:
  /// Says the words, gives those of the answer.
  std::vector<std::string> ask(const std::string& verb, const std::vector<std::string>& words);
  std::string answer_line();

  ChildProcess process_;
  std::set<std::string> verbs_;
  std::string family_;
  std::map<std::string, std::size_t> counts_;
};

}  // namespace tikv::test
