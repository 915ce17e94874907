#pragma once

namespace tikv::sandbox {

/// `tikv-sandbox control …`: tells a running sandbox what to do, and prints what came of it. The exit
/// code: 0 done, 1 failed, 2 wrong usage.
int run_control(int argc, const char* const* argv);

}  // namespace tikv::sandbox
