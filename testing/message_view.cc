#include "testing/message_view.h"

#include <utility>

#include "region/batch_format.h"
#include "region/store_calls.h"
#include "testing/cluster_model.h"
#include "testing/region_check.h"
#include "testing/region_error_name.h"

namespace tikv::testing {

namespace {

template <class Request>
std::vector<std::string> keys_of(const Request& request) {
  if constexpr (requires { request.key; }) {
    return {request.key};
  } else if constexpr (requires { request.keys; }) {
    return request.keys;
  } else if constexpr (requires { request.pairs; }) {
    std::vector<std::string> keys;
    for (const auto& pair : request.pairs) keys.push_back(pair.key);
    return keys;
  } else if constexpr (requires { request.ranges; }) {
    std::vector<std::string> keys;
    for (const auto& range : request.ranges) keys.push_back(range.start_key);
    return keys;
  } else if constexpr (requires { request.start_key; }) {
    return {request.start_key};
  } else {
    return {};
  }
}

template <class Call>
std::optional<CommandSeen> command_of(std::string_view bytes) {
  typename Call::Request request;
  if (!wire::decode(bytes, request)) return std::nullopt;
  CommandSeen seen;
  seen.name = Call::name;
  seen.region = context_of(request).region_id;
  seen.writes = Call::access == region::Access::writes;
  seen.keys = keys_of(request);
  if constexpr (requires { request.start_key, request.end_key; }) seen.range_end = request.end_key;
  return seen;
}

template <class Call>
std::optional<AnswerSeen> answer_of(std::string_view bytes) {
  typename Call::Answer response;
  if (!wire::decode(bytes, response)) return std::nullopt;
  AnswerSeen seen;
  seen.name = Call::name;
  if (response.region_error) seen.region_error = *response.region_error;
  if constexpr (requires { std::string_view(response.error); }) seen.error = response.error;
  return seen;
}

/// The commands, or the answers, of one message of a batch stream; `one` makes what is seen of each.
template <class Seen, class One>
std::vector<Seen> batched(std::string_view bytes, const Seen& nothing, const One& one) {
  std::vector<region::BatchedAnswer> entries;
  region::BatchFeedback feedback;
  std::vector<Seen> all;
  if (!region::decode_batch(bytes, entries, feedback)) return all;
  for (const region::BatchedAnswer& entry : entries) {
    Seen seen = nothing;
    region::with_batched_call(entry.command, [&](auto call) { seen = one(call, entry.body).value_or(nothing); });
    seen.id = entry.id;
    all.push_back(std::move(seen));
  }
  return all;
}

/// What is seen in a message of a method of its own.
template <class Seen, class One>
std::vector<Seen> single(std::string_view method, std::string_view bytes, const One& one) {
  std::optional<Seen> seen;
  region::calls::All::find([&](auto call) { return call.name == short_name(method); },
                           [&](auto call) { seen = one(call, bytes); });
  if (!seen) return {};
  return {*std::move(seen)};
}

}  // namespace

std::vector<CommandSeen> commands_in(std::string_view method, std::string_view bytes) {
  const auto one = [](auto call, std::string_view body) { return command_of<decltype(call)>(body); };
  if (short_name(method) != "BatchCommands") return single<CommandSeen>(method, bytes, one);
  CommandSeen nothing;
  nothing.name = "Empty";
  return batched(bytes, nothing, one);
}

std::vector<AnswerSeen> answers_in(std::string_view method, std::string_view bytes) {
  const auto one = [](auto call, std::string_view body) { return answer_of<decltype(call)>(body); };
  if (short_name(method) != "BatchCommands") return single<AnswerSeen>(method, bytes, one);
  AnswerSeen nothing;
  nothing.name = "Empty";
  nothing.empty = true;
  return batched(bytes, nothing, one);
}

bool leaves_doubt(const wire::errorpb::Error& error) {
  return error.undetermined_result || error.stale_command || error.region_not_found;
}

std::string describe_message(std::string_view method, bool from_client, std::string_view bytes) {
  std::string text(short_name(method));
  if (from_client) {
    const auto commands = commands_in(method, bytes);
    for (const CommandSeen& command : commands) {
      if (command.name != text) text += " [" + std::string(command.name);
      text += " region " + std::to_string(command.region);
      for (const std::string& key : command.keys) text += " " + printable(key);
      if (command.id != 0) text += " id " + std::to_string(command.id) + "]";
    }
    if (!commands.empty()) return text;
  } else {
    const auto answers = answers_in(method, bytes);
    for (const AnswerSeen& answer : answers) {
      text += answer.id == 0 ? std::string() : " id " + std::to_string(answer.id);
      if (answer.region_error) text += " " + std::string(region_error_name(*answer.region_error));
      if (!answer.error.empty()) text += " error: " + answer.error;
    }
    if (!answers.empty()) return text;
  }
  return text + " (" + std::to_string(bytes.size()) + " bytes)";
}

}  // namespace tikv::testing
