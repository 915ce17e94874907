#pragma once

#include "core/backoff.h"
#include "core/operation.h"
#include "tikv/task.h"

namespace tikv::core {

/// Waits before another try, as the rule of `kind` says, because of `cause`. Fails, with the cause in
/// its words, if the operation is interrupted meanwhile or has waited enough for this kind.
Task<void> pause(Operation& operation, Backoff& backoff, BackoffKind kind, Error cause);

}  // namespace tikv::core
