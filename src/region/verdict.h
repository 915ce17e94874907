#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/backoff.h"
#include "region/region.h"
#include "rpc/transport.h"
#include "tikv/error.h"
#include "wire/errorpb.h"

namespace tikv::region {

/// What to do after an attempt that did not answer the question.
enum class Next : std::uint8_t {
  again,      ///< ask the same peer again
  next_peer,  ///< ask a peer that was not asked yet; if there is none, as `relocate`
  relocate,   ///< the keys may lie in other regions now: look them up anew
  fail,       ///< trying again cannot help
};

struct Verdict {
  Next next = Next::again;
  /// Wait like this first; nothing: at once. With `next_peer` only if no fresh peer is left.
  std::optional<core::BackoffKind> wait;
  /// Forget the region that was asked.
  bool forget_region = false;
  /// Take the regions that came with the error.
  bool take_regions = false;
  /// Ask PD anew for the address of the store: it may have moved.
  bool forget_store = false;
  /// Close the connections to the address: they lead to another store. (One that broke is gone already,
  /// and must keep its reconnect backoff.)
  bool forget_connections = false;
  /// No connection to the store could be made.
  bool store_refused = false;
  /// Ask by a call of its own from now on: what it shared with others failed it.
  bool alone = false;
  /// It was given up because the store kept silent, not because anything failed.
  bool silent = false;
  /// The region is divided into these buckets now.
  bool take_buckets = false;
  /// The store asked for a pause: twice in a row, and another peer may know of a leader that moved.
  bool busy = false;
  /// The region is led from this store now; 0: nothing was said.
  std::uint64_t leader_store = 0;
  /// The request may have been applied, or may be applied later.
  bool in_doubt = false;
  /// Kind of the error if this ends the operation.
  ErrorKind kind = ErrorKind::region_unavailable;
  /// What happened, in words.
  std::string text;
};

/// A region error answered by a store. `asked` is the region as the request named it. Of several
/// variants at once the first by TiKV's own client's precedence counts.
[[nodiscard]] Verdict judge_region_error(const wire::errorpb::Error& error, const Region& asked);

/// A call that ended without an answer of the store.
[[nodiscard]] Verdict judge_failed_call(Delivery delivery, const rpc::Status& status);

/// What a store said in words (`error` of a raw response).
[[nodiscard]] Verdict judge_server_error(std::string_view error);

/// An answer that cannot be parsed.
[[nodiscard]] Verdict judge_unreadable_answer();

}  // namespace tikv::region
