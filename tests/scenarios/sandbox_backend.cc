#include <cctype>
#include <cstdio>
#include <thread>

#include "sandbox/running_sandbox.h"
#include "scenarios/backend_options.h"

namespace tikv::scenarios {

namespace {

/// A key as the words of the sandbox spell it.
std::string spelled(const std::string& key) {
  std::string word;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '/') {
      word.push_back(c);
      continue;
    }
    char escape[5];
    std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned>(byte));
    word += escape;
  }
  return word;
}

class Sandbox final : public Backend {
 public:
  explicit Sandbox(SandboxWish wish) : wish_(std::move(wish)), sandbox_(arguments(wish_)) {}

  [[nodiscard]] std::string name() const override { return "sandbox " + wish_.compat + ", API " + wish_.api; }
  [[nodiscard]] ApiVersion api() const override { return api_named(wish_.api); }
  [[nodiscard]] std::string lacks(Need need) const override {
    if (std::string why = lacks_by_api(api(), need); !why.empty()) return why;
    if (wish_.compat != "5.0") return {};
    const bool came_later = need == Need::compare_and_swap || need == Need::checksum || need == Need::coprocessor ||
                            need == Need::ttl_per_key;
    return came_later ? "TiKV 5.0 has none" : "";
  }
  [[nodiscard]] Result<RawClient> connect(const ClientWish& wish) override {
    const Result<ClientOptions> options = ClientOptions::parse(sandbox_.pd());
    if (!options) return options.error();
    return RawClient::connect(fulfil(wish, api(), *options));
  }

  std::string split(const std::string& key) override {
    const test::Ended split = control({"split", spelled(key)});
    return split.code == 0 ? "" : split.output + "splitting failed";
  }
  std::string move_leader(const std::string& key) override {
    const std::string before = sandbox_.control({"--json", "regions"}).output;
    for (const char* store : {"1", "2", "3"}) {
      const test::Ended moved = control({"move-leader", "@" + spelled(key), store});
      if (moved.code != 0) continue;
      // region 4 is led by store 2
      const std::string region = moved.output.substr(7, moved.output.find(' ', 7) - 7);
      const std::size_t line = before.find("\"region\": " + region + ",");
      const std::string leader = std::string("\"leader\": ") + store + ",";
      const std::size_t end = before.find('}', line);
      if (line != std::string::npos && before.substr(line, end - line).find(leader) == std::string::npos) return {};
    }
    return "no store took the region over";
  }
  std::string stop_leader(const std::string& key, std::string& store) override {
    store = "1";
    if (control({"move-leader", "@" + spelled(key), store}).code != 0) return "store 1 cannot lead";
    return sandbox_.control({"stop-store", store}).code == 0 ? "" : "store 1 cannot be stopped";
  }
  std::string start_store(const std::string& store) override {
    return sandbox_.control({"start-store", store}).code == 0 ? "" : "store " + store + " cannot be started";
  }
  void pass(std::chrono::milliseconds span) override { std::this_thread::sleep_for(span); }

 private:
  /// With a key in it: one of the keyspace that clients are in by default.
  [[nodiscard]] test::Ended control(std::vector<std::string> words) const {
    if (api() == ApiVersion::v2) words.insert(words.end(), {"--keyspace", "DEFAULT"});
    return sandbox_.control(words);
  }
  static std::vector<std::string> arguments(const SandboxWish& wish) {
    std::vector<std::string> words{"--api-version", wish.api, "--compat", wish.compat};
    if (wish.api == "2") words.insert(words.end(), {"--keyspace", "other"});
    return words;
  }

  SandboxWish wish_;
  test::RunningSandbox sandbox_;
};

}  // namespace

std::unique_ptr<Backend> make_sandbox(const SandboxWish& wish) { return std::make_unique<Sandbox>(wish); }

}  // namespace tikv::scenarios
