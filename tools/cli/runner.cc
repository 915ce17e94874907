#include "runner.h"

#include <iostream>

namespace tikv::cli {

ExitCode run_action(const CommandLine& line, Session& session, const Interrupts& interrupts) {
  interrupts.take();  // what was pressed before this began is not for it
  CancelScope cancel;
  const Interrupts::Watch watch(interrupts, cancel);
  Context context{session, line.output(), cancel, std::cout, line.of() == CommandLine::Of::shell};
  Result<ExitCode> result = line.action()(context);
  if (!std::cout.flush()) {
    std::cout.clear();
    result = local_failure("cannot write the output");
  }
  if (result) return *result;
  report(std::cerr, result.error(), line.output().json);
  return cancel.cancelled() ? ExitCode::interrupted : code_of(result.error());
}

}  // namespace tikv::cli
