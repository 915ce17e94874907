#include "reference/reference_cluster.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "reference/http_call.h"

namespace tikv::test {

namespace {

constexpr const char* pd_program = TIKV_PROGRAMS "/reference-pd";
constexpr const char* kv_program = TIKV_PROGRAMS "/reference-kv";

/// A port that nobody listens at, below those that the system gives out by itself. Members of PD must
/// know each other's ports before they start, and come back on the same one.
int unused_port() {
  constexpr int lowest = 12'000;
  constexpr int span = 20'000;
  static int next = static_cast<int>(getpid()) * 37 % span;
  for (;;) {
    const int port = lowest + next;
    next = (next + 1) % span;
    const int number = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool is_free = ::bind(number, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
    ::close(number);
    if (is_free) return port;
  }
}

std::string hex(std::string_view bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

/// The bytes of a bound as the stores print it: hexadecimal, in quotes.
std::string bound(const std::string& quoted) {
  std::string bytes;
  for (std::size_t i = 1; i + 2 < quoted.size(); i += 2) {
    bytes += static_cast<char>(std::strtol(quoted.substr(i, 2).c_str(), nullptr, 16));
  }
  return bytes;
}

/// The word after NAME= in a line.
std::string word_after(const std::string& line, const std::string& name) {
  const std::size_t at = line.find(" " + name + "=");
  if (at == std::string::npos) return {};
  const std::size_t start = at + name.size() + 2;
  return line.substr(start, line.find(' ', start) - start);
}

std::vector<std::string> split_at(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

/// The line of a program that is ready; empty if it ended, or says nothing else for half a minute.
std::string ready_line(ChildProcess& process) {
  for (int silent = 0; silent < 3;) {
    const std::string line = process.read_line();  // gives up after ten seconds
    if (line.starts_with("READY")) return line;
    if (line.empty()) ++silent;
  }
  return {};
}

}  // namespace

bool ReferenceCluster::available() {
  return std::filesystem::exists(pd_program) && std::filesystem::exists(kv_program);
}

ReferenceCluster::ReferenceCluster(ReferenceOptions options) {
  std::string name = (std::filesystem::temp_directory_path() / "tikv-reference-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    failure_ = "no folder for it";
    return;
  }
  folder_ = name;
  name_members(options.members);
  if (start_members()) start_stores(options.stores);
}

ReferenceCluster::~ReferenceCluster() {
  kv_.reset();
  for (Member& member : members_) {
    thaw_member(static_cast<int>(&member - members_.data()) + 1);
    if (member.process) member.process->signal(SIGKILL);  // its data are thrown away: no need to be gentle
  }
  members_.clear();
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

void ReferenceCluster::name_members(int count) {
  std::vector<int> peer_ports;
  std::string all;
  for (int i = 1; i <= count; ++i) {
    peer_ports.push_back(unused_port());
    all += (i == 1 ? "pd" : ",pd") + std::to_string(i) + "=http://127.0.0.1:" + std::to_string(peer_ports.back());
  }
  for (int i = 1; i <= count; ++i) {
    Member member;
    member.name = "pd" + std::to_string(i);
    const std::string port = std::to_string(unused_port());
    member.address = "127.0.0.1:" + port;
    member.command = {pd_program,
                      "-name",
                      member.name,
                      "-port",
                      port,
                      "-peer-port",
                      std::to_string(peer_ports[static_cast<std::size_t>(i - 1)]),
                      "-data-dir",
                      (folder_ / member.name).string()};
    if (count > 1) member.command.insert(member.command.end(), {"-initial-cluster", all});
    members_.push_back(std::move(member));
  }
}

bool ReferenceCluster::start_members() {
  for (Member& member : members_) member.process = std::make_unique<ChildProcess>(member.command);
  for (Member& member : members_) {
    if (ready_line(*member.process).empty()) {
      failure_ = member.name + " does not get ready";
      return false;
    }
  }
  return true;
}

bool ReferenceCluster::start_stores(int count) {
  const std::vector<std::string> command{
      kv_program, "-pd", pd(), "-stores", std::to_string(count), "-data-dir", (folder_ / "kv").string()};
  kv_ = std::make_unique<ChildProcess>(command);
  const std::string line = ready_line(*kv_);
  if (line.empty()) {
    failure_ = "the stores do not get ready";
    return false;
  }
  admin_ = word_after(line, "admin");
  for (const std::string& store : split_at(word_after(line, "stores"), ',')) {
    stores_.push_back(std::strtoull(store.c_str(), nullptr, 10));
  }
  return true;
}

std::string ReferenceCluster::pd() const {
  std::string all;
  for (const Member& member : members_) all += (all.empty() ? "" : ",") + member.address;
  return all;
}

std::vector<ReferenceRegion> ReferenceCluster::regions() const {
  std::vector<ReferenceRegion> all;
  for (const std::string& line : split_at(http_call(admin_, "GET", "/regions").body, '\n')) {
    std::istringstream words(line);
    ReferenceRegion region;
    std::uint64_t peers_version = 0;
    std::string start;
    std::string end;
    std::string stores;
    words >> region.id >> region.leader >> region.version >> peers_version >> start >> end >> stores;
    region.start = bound(start);
    region.end = bound(end);
    for (const std::string& store : split_at(stores, ',')) {
      region.stores.push_back(std::strtoull(store.c_str(), nullptr, 10));
    }
    all.push_back(std::move(region));
  }
  return all;
}

ReferenceRegion ReferenceCluster::region_of(std::string_view key) const {
  for (ReferenceRegion& region : regions()) {
    if (key >= region.start && (region.end.empty() || key < region.end)) return std::move(region);
  }
  return {};
}

bool ReferenceCluster::admin(const std::string& command) const {
  return http_call(admin_, "POST", command).status == 200;
}

bool ReferenceCluster::split(std::string_view key) const { return admin("/split?key=" + hex(key)); }

bool ReferenceCluster::split_encoded(std::string_view key) const { return admin("/split?encoded=1&key=" + hex(key)); }

bool ReferenceCluster::merge(std::uint64_t from, std::uint64_t into) const {
  return admin("/merge?from=" + std::to_string(from) + "&into=" + std::to_string(into));
}

bool ReferenceCluster::transfer_leader(std::uint64_t region, std::uint64_t store) const {
  return admin("/transfer?region=" + std::to_string(region) + "&store=" + std::to_string(store));
}

bool ReferenceCluster::stop_store(std::uint64_t store, bool keep_leaders) const {
  return admin("/down?store=" + std::to_string(store) + (keep_leaders ? "&leaders=keep" : ""));
}

bool ReferenceCluster::start_store(std::uint64_t store) const { return admin("/up?store=" + std::to_string(store)); }

bool ReferenceCluster::create_keyspace(const std::string& name) const {
  const std::string body = "{\"name\": \"" + name + "\"}";
  return http_call(members_.front().address, "POST", "/pd/api/v2/keyspaces", body).status == 200;
}

int ReferenceCluster::pd_leader() const {
  for (const Member& member : members_) {
    const std::string body = http_call(member.address, "GET", "/pd/api/v1/leader").body;
    const std::size_t at = body.find("\"pd");
    if (at != std::string::npos) return std::atoi(body.c_str() + at + 3);
  }
  return 0;
}

bool ReferenceCluster::resign_pd_leader() const {
  const int leader = pd_leader();
  if (leader == 0) return false;
  const Member& member = members_[static_cast<std::size_t>(leader - 1)];
  return http_call(member.address, "POST", "/pd/api/v1/leader/resign").status == 200;
}

void ReferenceCluster::kill_member(int member) {
  std::unique_ptr<ChildProcess>& process = members_.at(static_cast<std::size_t>(member - 1)).process;
  process->signal(SIGKILL);
  process->wait();
  process.reset();
}

void ReferenceCluster::start_member(int member) {
  Member& started = members_.at(static_cast<std::size_t>(member - 1));
  started.process = std::make_unique<ChildProcess>(started.command);
}

void ReferenceCluster::freeze_member(int member) const {
  members_.at(static_cast<std::size_t>(member - 1)).process->freeze();
}

void ReferenceCluster::thaw_member(int member) const {
  const Member& thawed = members_.at(static_cast<std::size_t>(member - 1));
  if (thawed.process) thawed.process->signal(SIGCONT);
}

}  // namespace tikv::test
