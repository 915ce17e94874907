#include "control_client.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "command_list.h"
#include "outcome_text.h"
#include "sandbox/control_messages.h"
#include "words.h"

namespace tikv::sandbox {

namespace {

constexpr auto patience = std::chrono::seconds(15);

grpc::Status ask(const std::string& address, const control::Command& command, control::Outcome& outcome) {
  const auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + patience);
  const std::string bytes = wire::encode(command);
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;

  std::mutex mutex;
  std::condition_variable wake;
  bool ended = false;
  grpc::Status status;
  stub.UnaryCall(&context, "/tikv.sandbox.control.Control/Run", grpc::StubOptions(), &request, &response,
                 [&](grpc::Status came) {
                   const std::lock_guard lock(mutex);
                   status = std::move(came);
                   ended = true;
                   wake.notify_one();
                 });
  std::unique_lock lock(mutex);
  wake.wait(lock, [&] { return ended; });
  if (!status.ok()) return status;
  grpc::Slice whole;
  if (!response.DumpToSingleSlice(&whole).ok() ||
      !wire::decode({reinterpret_cast<const char*>(whole.begin()), whole.size()}, outcome)) {
    return {grpc::StatusCode::INTERNAL, "its answer cannot be read"};
  }
  return status;
}

std::string help_of_commands() {
  std::string text = "Commands:\n";
  for (const CommandHelp& help : command_list) {
    text += "  " + std::string(help.usage) + "\n        " + std::string(help.meaning) + "\n";
  }
  return text +
         "A REGION is an id, or @KEY for the region of that key. A NODE is the number of a store, or pd1, pd2, ...\n"
         "In keys \\xNN is any byte and \\\\ a backslash.\n"
         "Exit codes: 0 done, 1 failed, 2 wrong usage.";
}

/// Until a member that went away is back.
void wait_for_return(const std::string& address) {
  const auto end = std::chrono::steady_clock::now() + patience;
  control::Command status;
  status.words.push_back("status");
  control::Outcome ignored;
  while (!ask(address, status, ignored).ok() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

/// Also the URLs that clients take: the addresses in them.
std::string addresses_in(const std::string& pd) {
  constexpr std::string_view scheme = "tikv://";
  const std::string addresses = pd.starts_with(scheme) ? pd.substr(scheme.size()) : pd;
  return addresses.substr(0, addresses.find('?'));
}

int send(const std::string& addresses, const control::Command& command, bool json) {
  std::istringstream list(addresses);
  std::string address;
  grpc::Status status(grpc::StatusCode::UNAVAILABLE, "there is no address");
  while (std::getline(list, address, ',')) {
    control::Outcome outcome;
    status = ask(address, command, outcome);
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE) continue;  // another member may be there
    if (!status.ok()) break;
    if (!outcome.problem.empty()) {
      std::cerr << "sandbox: " << outcome.problem << '\n';
      return outcome.wrong_usage ? 2 : 1;
    }
    if (outcome.away) wait_for_return(address);
    std::cout << (json ? json_of(outcome) : text_of(outcome));
    return 0;
  }
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
    std::cerr << "sandbox: what listens at " << address << " is no tikv-sandbox\n";
  } else {
    std::cerr << "sandbox: no answer from " << addresses << ": " << status.error_message() << '\n';
  }
  return 1;
}

}  // namespace

int run_control(int argc, const char* const* argv) {
  CLI::App app("Tells a running tikv-sandbox what to do.", "tikv-sandbox control");
  std::string pd = "127.0.0.1:2379";
  bool json = false;
  app.add_option("--pd", pd, "Address of the sandbox's PD, or of several members: host:port[,host:port]")
      ->envname("TIKV_PD")
      ->capture_default_str();
  app.add_flag("--json", json, "Print the answer as JSON");
  app.prefix_command();  // the rest is the command, with options of its own
  app.footer(help_of_commands());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& ended) {
    return app.exit(ended) == 0 ? 0 : 2;
  }
  control::Command command;
  for (const std::string& word : app.remaining()) {
    const auto bytes = unescape(word);
    if (!bytes) {
      std::cerr << "sandbox: '" << word << "' has a backslash that begins neither \\\\ nor \\xNN\n";
      return 2;
    }
    command.words.push_back(*bytes);
  }
  if (command.words.size() == 0) {
    std::cerr << "sandbox: which command? --help lists them\n";
    return 2;
  }
  return send(addresses_in(pd), command, json);
}

}  // namespace tikv::sandbox
