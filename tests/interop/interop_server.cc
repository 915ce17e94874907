#include "interop_server.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <vector>

namespace tikv::interop {
namespace {

using testing_support::Descriptor;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    reading = Descriptor(ends[0]);
    writing = Descriptor(ends[1]);
  }
  Descriptor reading;
  Descriptor writing;
};

struct FileActions {
  FileActions() { posix_spawn_file_actions_init(&actions); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  posix_spawn_file_actions_t actions;
};

}  // namespace

bool InteropServer::available() { return std::filesystem::exists(TIKV_INTEROP_SERVER); }

InteropServer::InteropServer() {
  const auto files = certificates_.server();
  std::vector<std::string> words = {TIKV_INTEROP_SERVER, "-certificate", files.certificate, "-key",
                                    files.key,           "-client-ca",   certificates_.ca()};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  Pipe input;
  Pipe output;
  FileActions files_of_child;
  posix_spawn_file_actions_adddup2(&files_of_child.actions, input.reading.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files_of_child.actions, output.writing.get(), STDOUT_FILENO);
  if (::posix_spawn(&process_, arguments[0], &files_of_child.actions, nullptr, arguments.data(), environ) != 0) {
    throw std::runtime_error("the interop server cannot be started");
  }
  lifeline_ = std::move(input.writing);
  output.writing.close();
  read_ports(output.reading.get());
}

void InteropServer::read_ports(int from) {
  std::string line;
  char next = 0;
  while (::read(from, &next, 1) == 1 && next != '\n') line += next;
  if (std::sscanf(line.c_str(), "%d %d %d", &plain_, &encrypted_, &certified_) != 3) {
    throw std::runtime_error("the interop server did not tell its ports");
  }
}

InteropServer::~InteropServer() {
  lifeline_.close();
  int status = 0;
  ::waitpid(process_, &status, 0);
}

}  // namespace tikv::interop
