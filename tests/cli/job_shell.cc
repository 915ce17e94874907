// A shell of one job, for tests on a terminal: job_shell PROGRAM ARGUMENT... When the job stops, it takes the
// terminal back, in its own modes, says [stopped] and waits for a line; then the job has the terminal again, in
// whatever modes that is, as with shells that keep none for their jobs.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <initializer_list>

namespace {

void say(const char* text, size_t size) { [[maybe_unused]] const ssize_t written = write(STDOUT_FILENO, text, size); }

/// Waits for Enter.
void wait_for_line() {
  char byte = 0;
  while (byte != '\n' && read(STDIN_FILENO, &byte, 1) == 1) {
  }
}

[[noreturn]] void be_the_job(char** command) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0);
  tcsetpgrp(STDIN_FILENO, getpid());
  for (const int number : {SIGINT, SIGTSTP, SIGTTOU}) signal(number, SIG_DFL);
  execv(command[0], command);
  _exit(127);
}

}  // namespace

int main(int, char** argv) {
  for (const int number : {SIGINT, SIGTSTP, SIGTTOU}) signal(number, SIG_IGN);
  termios own{};
  tcgetattr(STDIN_FILENO, &own);
  const pid_t job = fork();
  if (job == 0) be_the_job(argv + 1);
  setpgid(job, job);
  tcsetpgrp(STDIN_FILENO, job);
  for (;;) {
    int status = 0;
    if (waitpid(job, &status, WUNTRACED) != job) return 126;
    tcsetpgrp(STDIN_FILENO, getpgrp());
    tcsetattr(STDIN_FILENO, TCSADRAIN, &own);
    if (!WIFSTOPPED(status)) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    say("[stopped]\n", 10);
    wait_for_line();
    say("[goes on]\n", 10);
    tcsetpgrp(STDIN_FILENO, job);
    kill(-job, SIGCONT);
  }
}
