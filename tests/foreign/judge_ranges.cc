// What spans regions: scans, batch scans, deleted ranges, checksums.

#include "foreign/crc64.h"
#include "foreign/judge.h"
#include "foreign/judge_keys.h"

namespace tikv::test {

void Judge::scans() {
  fill("to be scanned ");
  for (const std::size_t limit : std::vector<std::size_t>{1, 7, 50, 1000}) {
    for (const auto& [start, end] : {std::pair{first_key, end_key}, {"A", "c"}, {"G/", "G0"}, {"S/000", "Y/00004"}}) {
      const Pairs must = expected(start, end, limit);
      expect_same("scan", theirs_.scan("scan", start, end, limit), must);
      expect_same("scan of keys", theirs_.scan_keys("scan_keys", start, end, limit), keys_of(must));
    }
  }
  if (!habits_.scans_wrap_around) {
    expect_same("scan without an end", theirs_.scan("scan", "h", "", 500), expected("h", "", 500));
    expect_same("scan of everything", theirs_.scan("scan", "", "", 500), expected("", "", 500));
  }
  if (theirs_.knows("scan_all")) {
    expect_same("scan without a limit", theirs_.scan_all("5", "t"), expected("5", "t", all_pairs));
  }
  if (theirs_.knows("scan_prefix")) {
    expect_same("scan of a prefix", theirs_.scan_prefix("M/"), expected("M/", "M0", all_pairs));
  }
  check_range(first_key, end_key);
}

void Judge::reverse_scans() {
  if (!theirs_.knows("reverse_scan")) return;
  std::vector<std::pair<std::string, std::string>> ranges{{"G/", "G0"}, {"n/", "n/000080"}};
  if (!habits_.reverse_scans_stay_in_a_region) ranges.insert(ranges.end(), {{first_key, end_key}, {"A", "c"}});
  for (const auto& [start, end] : ranges) {
    const Pairs all = reversed(expected(start, end, all_pairs));
    for (const std::size_t limit : std::vector<std::size_t>{1, 3, 50, 1000}) {
      const Pairs must(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(limit, all.size())));
      expect_same("reverse scan", theirs_.scan("reverse_scan", start, end, limit), must);
      expect_same("reverse scan of keys", theirs_.scan_keys("reverse_scan_keys", start, end, limit), keys_of(must));
    }
  }
}

void Judge::batch_scans() {
  if (!theirs_.knows("batch_scan")) return;
  const std::vector<std::string> bounds{"0", "6", "G/", "G0", "b", "o"};
  for (const std::size_t limit : std::vector<std::size_t>{4, 1000}) {
    if (limit < filled && habits_.batch_scan_limits_regions) continue;
    Pairs must;
    for (std::size_t i = 0; i < bounds.size(); i += 2) {
      const Pairs part = expected(bounds[i], bounds[i + 1], limit);
      must.insert(must.end(), part.begin(), part.end());
    }
    expect_same("batch_scan", theirs_.batch_scan(limit, bounds), must);
    expect_same("batch_scan of keys", theirs_.batch_scan_keys(limit, bounds), keys_of(must));
  }
}

void Judge::checksums(const std::string& stored_prefix) {
  if (!theirs_.knows("checksum")) return;
  for (const auto& [start, end] : {std::pair{first_key, end_key}, {"A", "c"}, {"G/", "G0"}, {"h/9", "n"}}) {
    Checksum must;
    for (const auto& [key, value] : expected(start, end, all_pairs)) {
      must.crc64_xor ^= crc64({stored_prefix, key, value});
      ++must.pairs;
      must.bytes += stored_prefix.size() + key.size() + value.size();
    }
    expect_same("checksum", theirs_.checksum(start, end), must);
    const RangeChecksum by_ours = own(ours_.plain.checksum(KeyRange::half_open(start, end)), "checksum");
    expect_same("checksum by ours", Checksum{by_ours.crc64_xor, by_ours.kvs, by_ours.bytes}, must);
  }
}

void Judge::deleted_ranges() {
  for (const auto& [start, end] : {std::pair{"A", "c"}, {"n/000050", "n/000080"}, {"x", "y"}}) {
    fill("to be deleted ");
    theirs_.write("delete_range", {start, end});
    truth_.erase(truth_.lower_bound(start), truth_.lower_bound(end));
    check_range(first_key, end_key);
  }
  if (!theirs_.knows("delete_prefix")) return;
  fill("of a prefix to be deleted ");
  theirs_.write("delete_prefix", {"b/"});
  truth_.erase(truth_.lower_bound("b/"), truth_.lower_bound("b0"));
  check_range(first_key, end_key);
}

}  // namespace tikv::test
