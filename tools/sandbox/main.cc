// tikv-sandbox: a TiKV cluster in one process.
#include <grpc/support/log.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control_client.h"
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

int fail(std::string_view problem) {
  std::cerr << "tikv-sandbox: " << problem << '\n';
  return 1;
}

int run(int argc, const char* const* argv) {
  if (argc > 1 && std::string_view(argv[1]) == "control") return tikv::sandbox::run_control(argc - 1, argv + 1);
  tikv::sandbox::Parsed parsed = tikv::sandbox::parse_options(argc, argv);
  if (!parsed.options) return parsed.exit_code;
  const sigset_t awaited = block_signals();
  gpr_set_log_function([](gpr_log_func_args*) {});  // what matters is said below

  std::unique_ptr<tikv::sandbox::Durable> durable;
  if (!parsed.options->data_dir.empty()) {
    std::string problem;
    durable = tikv::sandbox::Durable::open(*parsed.options, problem);
    if (!durable) return fail(problem);
  }
  tikv::sandbox::Sandbox sandbox(*parsed.options, std::move(durable));
  if (const std::string problem = sandbox.start(); !problem.empty()) return fail(problem);
  const std::vector<std::string> members = sandbox.pd_addresses();
  std::cout << "ready: PD at " << members[0] << ", " << parsed.options->cluster.stores << " stores, "
            << sandbox.region_count() << " regions";
  for (std::size_t i = 1; i < members.size(); ++i) std::cout << (i == 1 ? "; more of PD at " : " ") << members[i];
  std::cout << std::endl;

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
