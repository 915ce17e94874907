// tikv-sandbox: a TiKV cluster in one process.
#include <grpc/support/log.h>

#include <csignal>
#include <exception>
#include <iostream>

#include "options.h"
#include "sandbox.h"

namespace {

// Blocked in all threads, so that the main thread can wait for them.
sigset_t block_signals() {
  sigset_t awaited;
  sigemptyset(&awaited);
  for (const int number : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&awaited, number);
  pthread_sigmask(SIG_BLOCK, &awaited, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return awaited;
}

int run(int argc, const char* const* argv) {
  const tikv::sandbox::Parsed parsed = tikv::sandbox::parse_options(argc, argv);
  if (!parsed.options) return parsed.exit_code;
  const sigset_t awaited = block_signals();
  gpr_set_log_function([](gpr_log_func_args*) {});  // what matters is said below

  tikv::sandbox::Sandbox sandbox(*parsed.options);
  if (const std::string problem = sandbox.start(); !problem.empty()) {
    std::cerr << "tikv-sandbox: " << problem << '\n';
    return 1;
  }
  std::cout << "ready: PD at " << sandbox.pd_address() << ", " << parsed.options->cluster.stores << " stores, "
            << sandbox.region_count() << " regions" << std::endl;

  int signal = 0;
  while (sigwait(&awaited, &signal) == 0 && signal == SIGUSR1) std::cout << sandbox.report() << std::flush;
  std::cout << "stopping" << std::endl;
  sandbox.stop();
  if (parsed.options->report_on_stop) std::cout << sandbox.report() << std::flush;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& failure) {
    std::cerr << "tikv-sandbox: " << failure.what() << '\n';
    return 1;
  }
}
