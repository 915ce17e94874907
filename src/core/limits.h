#pragma once

#include <cstddef>
#include <cstdint>

#include "core/time.h"

/// What a peer may make this client hold, print or repeat, beside the answer that was asked for, which
/// `max_answer_size` bounds. Everything that a server says is a claim of a stranger: each bound lies far
/// above what honest servers do, and what passes it is cut, ignored or refused. docs/limits.md is the
/// table of what each peer may say, which bound holds, and which test walks it.
namespace tikv::core::limits {

// --- Texts ---

/// A text in a peer's words, where it enters. TiKV's and PD's errors are some hundred bytes; what a person
/// needs of a longer one stands at its begin.
inline constexpr std::size_t foreign_text = 1024;
/// A name in a peer's words: a version, an address, a content type.
inline constexpr std::size_t foreign_name = 128;
/// The message of an error, with its story. A second line of defence: its parts are short by themselves.
inline constexpr std::size_t message = std::size_t{16} << 10;

// --- Answers ---

/// Bytes of the objects in memory that one answer becomes, beside the texts in them: pairs, regions, peers,
/// stores. The largest page of a scan, 10,240 pairs, takes less than 1 MiB.
inline constexpr std::size_t objects_of_an_answer = std::size_t{16} << 20;
/// Commands that one message of a BatchCommands stream may answer. Stores put up to 128 into one.
inline constexpr std::size_t batched_answers = std::size_t{64} << 10;

// --- Repetitions ---

/// Tries without a pause before them, in a row, of one question to PD or one request to a store: to follow
/// a leader that has moved takes one. Whoever sends us on further, or refuses again, is waited for.
inline constexpr std::uint32_t retries_at_once = 1;

/// Between two log records about trouble that one store reports of itself; one that it is over follows each.
inline constexpr Duration between_reports = std::chrono::seconds(10);

// --- What is kept of the cluster ---

/// Addresses of PD that are kept and asked side by side. Clusters have three to seven members.
inline constexpr std::size_t pd_addresses = 32;
/// Stores whose address, version or standing is kept. Clusters have tens, the largest some thousand.
inline constexpr std::size_t stores = 10'000;
/// Peers of a region; a region with more is not believed. Three to seven are usual.
inline constexpr std::size_t peers = 64;
/// Bytes of a bound of a region or bucket. Keys have 8 KiB at most unless a cluster is set up otherwise.
inline constexpr std::size_t region_bound = std::size_t{64} << 10;
/// Regions taken from one EpochNotMatch. A store tells of the region and those that split off from it.
inline constexpr std::size_t regions_of_an_error = 128;
/// Cuts of a region into buckets; a list with more is not kept.
inline constexpr std::size_t bucket_keys = 4096;
/// What all regions that are kept weigh together, bytes: about half a million regions.
inline constexpr std::size_t region_cache = std::size_t{192} << 20;
/// What those weigh together, bytes, that are doubted and kept until something newer takes their place.
inline constexpr std::size_t doubted_regions = std::size_t{4} << 20;
/// The largest id of a keyspace: three bytes of every key.
inline constexpr std::uint32_t keyspace_id = 0xff'ffff;

}  // namespace tikv::core::limits
