#include "flag_names.h"

#include <cstddef>
#include <string_view>
#include <utility>

namespace tikv::cli {

namespace {

constexpr std::pair<std::string_view, std::string_view> names[] = {
    {"ClientOptions::connect_timeout", "--connect-timeout"},
    {"ClientOptions::timeout", "--timeout"},
    {"ClientOptions::api_version", "--api-version"},
    {"ClientOptions::keyspace", "--keyspace"},
    {"ClientOptions::atomic", "--atomic"},
    {"ClientOptions::tls", "--ca, --cert and --key"},
    {"ClientOptions::pd_addresses", "--pd"},
    {"ClientOptions::address_map", "map=ADDRESS=HOST:PORT in the URL of --pd"},
    {"ClientOptions::cluster_id", "cluster_id in the URL of --pd"},
    {"ClientOptions::max_answer_size", "max_answer_size in the URL of --pd"},
    {"WriteOptions::ttl", "--ttl"},
};

/// What follows the name of an option and tells how a URL spells it.
void cut_url_hint(std::string& message, std::size_t at) {
  constexpr std::string_view hint = " (in a URL";
  if (message.compare(at, hint.size(), hint) != 0) return;
  const std::size_t end = message.find(')', at);
  if (end != std::string::npos) message.erase(at, end + 1 - at);
}

}  // namespace

std::string with_flags(std::string message) {
  for (const auto& [option, flag] : names) {
    for (std::size_t at = message.find(option); at != std::string::npos; at = message.find(option, at)) {
      message.replace(at, option.size(), flag);
      at += flag.size();
      cut_url_hint(message, at);
    }
  }
  return message;
}

}  // namespace tikv::cli
