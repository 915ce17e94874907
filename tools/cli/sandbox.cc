#include "sandbox.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <system_error>

namespace tikv::cli {

namespace {

std::string program() {
  if (const char* named = std::getenv("TIKV_SANDBOX")) return named;
  std::error_code unknown;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", unknown);
  const auto beside = self.parent_path() / "tikv-sandbox";
  return !unknown && std::filesystem::exists(beside, unknown) ? beside.string() : "tikv-sandbox";
}

/// Its exit codes are ours, as far as they go.
Result<ExitCode> wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return local_failure(std::string("cannot wait for a program: ") + std::strerror(errno));
  }
  if (!WIFEXITED(status)) return ExitCode::interrupted;
  return WEXITSTATUS(status) == 0   ? ExitCode::done
         : WEXITSTATUS(status) == 2 ? ExitCode::wrong_usage
                                    : ExitCode::failed;
}

}  // namespace

Result<ExitCode> run_sandbox_command(const std::string& pd, const std::vector<std::string>& words, SandboxProgram how) {
  std::vector<std::string> command{program(), "control", "--pd", pd};
  command.insert(command.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::cout.flush();
  if (how == SandboxProgram::replaces_this) {
    execvp(arguments[0], arguments.data());
  } else {
    pid_t child = 0;
    errno = posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ);
    if (errno == 0) return wait_for(child);
  }
  return local_failure("cannot run " + command[0] + ": " + std::strerror(errno) + " (TIKV_SANDBOX tells where it is)");
}

}  // namespace tikv::cli
