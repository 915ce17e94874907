#include "foreign/judge.h"

#include <algorithm>

#include "foreign/judge_keys.h"

namespace tikv::test {

Judge::Judge(RunningSandbox& sandbox, ForeignClient& theirs, OurClients ours, ForeignHabits habits)
    : sandbox_(sandbox), theirs_(theirs), ours_(ours), habits_(habits) {}

void Judge::run_all(const StoreRules& rules) {
  if (habits_.scans_wrap_around) command({"split", end_key});  // nothing of ours is in the last region then
  single_keys();
  values_of_all_kinds();
  batches();
  scans();
  reverse_scans();
  batch_scans();
  checksums(rules.stored_prefix);
  deleted_ranges();
  if (rules.have_families) {
    column_families();
  } else {
    refused_families();
  }
  compare_and_swap();
  swaps_of_both();
  put_if_absent();
  atomic_writes();
  if (rules.have_ttl) {
    ttl();
  } else {
    refused_ttl();
  }
  coprocessor();
  moving_regions();
  both_at_once();
}

void Judge::their_put(const std::string& key, const std::string& value) {
  theirs_.write("put", {key, value});
  truth_[key] = value;
}

void Judge::our_put(const std::string& key, const std::string& value) {
  own(ours_.plain.put(key, value), "put");
  truth_[key] = value;
}

void Judge::check_key(const std::string& key) {
  const auto known = truth_.find(key);
  const std::optional<std::string> must = known == truth_.end() ? std::nullopt : std::optional(known->second);
  expect_same("get of " + key + " by the foreign client", theirs_.get(key), must);
  expect_same("get of " + key + " by ours", own(ours_.plain.get(key), "get"), must);
}

void Judge::check_range(const std::string& start, const std::string& end) {
  const Pairs must = expected(start, end, all_pairs);
  if (habits_.scans_skip_changed_regions) {  // a get learns of each change
    for (const auto& [key, value] : must) expect_same("get", theirs_.get(key), std::optional(value));
  }
  expect_same("scan by the foreign client", theirs_.scan("scan", start, end, all_pairs), must);
  ScanOptions options;
  options.limit = all_pairs;
  Pairs found;
  for (KeyValue& pair : own(ours_.plain.scan(KeyRange::half_open(start, end), options), "scan")) {
    found.emplace_back(std::move(pair.key), std::move(pair.value));
  }
  expect_same("scan by ours", found, must);
}

Pairs Judge::expected(const std::string& start, const std::string& end, std::size_t limit) const {
  Pairs pairs;
  for (auto at = truth_.lower_bound(start); at != truth_.end() && (end.empty() || at->first < end); ++at) {
    if (pairs.size() < limit) pairs.emplace_back(at->first, at->second);
  }
  return pairs;
}

void Judge::fill(const std::string& value) {
  std::vector<KeyValue> pairs;
  for (int i = 0; i < filled; ++i) {
    pairs.push_back({key_of(i), value + key_of(i)});
    truth_[key_of(i)] = value + key_of(i);
  }
  own(ours_.plain.batch_put(std::move(pairs)), "batch_put");
}

void Judge::command(const std::vector<std::string>& words) {
  const Ended ended = sandbox_.control(words);
  if (ended.code != 0) throw std::runtime_error("sandbox " + words.front() + ": " + ended.output);
  ++region_changes_;
}

void Judge::single_keys() {
  for (int i = 0; i < 48; ++i) {
    if (i % 2 == 0) {
      their_put(key_of(i), "theirs");
    } else {
      our_put(key_of(i), "ours");
    }
    check_key(key_of(i));
    check_key(key_of(i + 1000));  // absent
  }
  for (int i = 0; i < 48; ++i) {  // each overwrites and removes what the other wrote
    if (i % 2 == 0) {
      our_put(key_of(i), "ours over theirs");
    } else {
      their_put(key_of(i), "theirs over ours");
    }
    check_key(key_of(i));
    if (i % 3 == 0) {
      if (i % 2 == 0) {
        theirs_.write("delete", {key_of(i)});
      } else {
        own(ours_.plain.delete_key(key_of(i)), "delete");
      }
      truth_.erase(key_of(i));
      check_key(key_of(i));
    }
  }
}

void Judge::values_of_all_kinds() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  const std::string zeros(3, '\0');
  const std::string high("y\xff\xff\xfe", 4);
  for (const std::string& value : {bytes, zeros, std::string(), std::string(100'000, 'x'), high}) {
    their_put("k/" + zeros, value);
    check_key("k/" + zeros);
    our_put(high, value);
    check_key(high);
    their_put("k/" + bytes, value);
    check_key("k/" + bytes);
  }
}

void Judge::batches() {
  std::vector<std::string> words;
  std::vector<std::string> keys;
  for (int i = 0; i < filled; ++i) {
    const std::string value = "their batch " + std::to_string(i);
    words.insert(words.end(), {key_of(i), value});
    keys.push_back(key_of(i));
    truth_[key_of(i)] = value;
  }
  theirs_.write("batch_put", words);
  const Pairs must = expected_of(truth_, keys);
  keys.push_back(key_of(5000));  // absent
  keys.push_back(key_of(5001));
  expect_same("batch_get by the foreign client", sorted(theirs_.batch_get(keys)), must);
  Pairs found;
  for (KeyValue& pair : own(ours_.plain.batch_get(keys), "batch_get")) {
    found.emplace_back(std::move(pair.key), std::move(pair.value));
  }
  expect_same("batch_get by ours", sorted(found), must);

  fill("our batch ");
  expect_same("batch_get of ours by the foreign client", sorted(theirs_.batch_get(keys)), expected_of(truth_, keys));
  keys.erase(keys.begin(), keys.begin() + filled / 2);
  theirs_.write("batch_delete", keys);
  for (const std::string& key : keys) truth_.erase(key);
  for (int i = filled / 2 - 2; i < filled / 2 + 2; ++i) check_key(key_of(i));
  check_range(first_key, end_key);
}

void Judge::column_families() {
  if (!theirs_.knows("column_families")) return;
  fill("in the default family ");
  for (const std::string family : {"write", "lock"}) {
    theirs_.use_family(family);
    for (int i = 0; i < 12; ++i) theirs_.write("put", {key_of(i), "in " + family + std::to_string(i)});
    theirs_.write("delete", {key_of(3)});
    expect_same("get in another family", theirs_.get(key_of(1)), std::optional<std::string>("in " + family + "1"));
    expect_same("get of what was deleted there", theirs_.get(key_of(3)), std::optional<std::string>());
    expect_same("get of what is in the default family only", theirs_.get(key_of(20)), std::optional<std::string>());
    const std::size_t found = theirs_.scan_keys("scan_keys", first_key, end_key, all_pairs).size();
    expect_same("number of keys in another family", found, std::size_t{11});
    theirs_.write("delete_range", {first_key, end_key});
    expect_same("get after a deleted range", theirs_.get(key_of(1)), std::optional<std::string>());
    theirs_.use_family("");
  }
  check_range(first_key, end_key);  // the default family is as it was
}

void Judge::refused_families() {
  if (!theirs_.knows("column_families")) return;
  theirs_.use_family("write");
  expect_refusal("a put into another family", [this] { theirs_.write("put", {key_of(6000), "value"}); });
  theirs_.use_family("");
  check_key(key_of(6000));
}

void Judge::expect_refusal(const std::string& what, const std::function<void()>& write) {
  try {
    write();
  } catch (const WrongAnswer&) {
    return;
  }
  throw WrongAnswer(what + " was taken by stores that do not know such a thing");
}

}  // namespace tikv::test
