#include "testing/message_view.h"

#include <functional>
#include <map>

#include "testing/cluster_model.h"
#include "testing/region_error_name.h"
#include "wire/kvrpcpb.pb.h"
#include "wire/tikvpb.pb.h"

namespace tikv::testing {

namespace {

namespace tikvpb = wire::tikvpb;

template <class Request>
std::vector<std::string> keys_of(const Request& request) {
  if constexpr (requires { request.key(); }) {
    return {request.key()};
  } else if constexpr (requires { request.keys(); }) {
    return {request.keys().begin(), request.keys().end()};
  } else if constexpr (requires { request.pairs(); }) {
    std::vector<std::string> keys;
    for (const auto& pair : request.pairs()) keys.push_back(pair.key());
    return keys;
  } else if constexpr (requires { request.ranges(); }) {
    std::vector<std::string> keys;
    for (const auto& range : request.ranges()) keys.push_back(range.start_key());
    return keys;
  } else if constexpr (requires { request.start_key(); }) {
    return {request.start_key()};
  } else {
    return {};
  }
}

template <class Request>
CommandSeen command_of(std::string_view name, const Request& request, bool writes) {
  CommandSeen seen;
  seen.name = name;
  seen.region = request.context().region_id();
  seen.writes = writes;
  seen.keys = keys_of(request);
  if constexpr (requires { request.start_key(), request.end_key(); }) seen.range_end = request.end_key();
  return seen;
}

template <class Response>
AnswerSeen answer_of(std::string_view name, const Response& response) {
  AnswerSeen seen;
  seen.name = name;
  if (response.has_region_error()) seen.region_error = response.region_error();
  if constexpr (requires { response.error(); }) seen.error = response.error();
  return seen;
}

struct Method {
  std::function<std::optional<CommandSeen>(std::string_view)> command;
  std::function<std::optional<AnswerSeen>(std::string_view)> answer;
};

template <class Message>
bool parse(Message& message, std::string_view bytes) {
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

template <class Request, class Response>
Method method_of(std::string_view name, bool writes) {
  return {[name, writes](std::string_view bytes) -> std::optional<CommandSeen> {
            Request request;
            if (!parse(request, bytes)) return std::nullopt;
            return command_of(name, request, writes);
          },
          [name](std::string_view bytes) -> std::optional<AnswerSeen> {
            Response response;
            if (!parse(response, bytes)) return std::nullopt;
            return answer_of(name, response);
          }};
}

// All commands that carry data, once: name, field in a batch, whether it writes.
#define TIKV_TESTING_BATCHED(use)                                                                                   \
  use(RawGet, rawget, false) use(RawBatchGet, rawbatchget, false) use(RawPut, rawput, true)                         \
      use(RawBatchPut, rawbatchput, true) use(RawDelete, rawdelete, true) use(RawBatchDelete, rawbatchdelete, true) \
          use(RawScan, rawscan, false) use(RawDeleteRange, rawdeleterange, true)                                    \
              use(RawBatchScan, rawbatchscan, false)

const std::map<std::string_view, Method>& methods() {
  static const std::map<std::string_view, Method> all{
#define TIKV_TESTING_METHOD(name, field, writes) \
  {#name, method_of<wire::kvrpcpb::name##Request, wire::kvrpcpb::name##Response>(#name, writes)},
      TIKV_TESTING_BATCHED(TIKV_TESTING_METHOD)
#undef TIKV_TESTING_METHOD
          {"RawGetKeyTTL",
           method_of<wire::kvrpcpb::RawGetKeyTTLRequest, wire::kvrpcpb::RawGetKeyTTLResponse>("RawGetKeyTTL", false)},
      {"RawChecksum",
       method_of<wire::kvrpcpb::RawChecksumRequest, wire::kvrpcpb::RawChecksumResponse>("RawChecksum", false)},
      {"RawCoprocessor",
       method_of<wire::kvrpcpb::RawCoprocessorRequest, wire::kvrpcpb::RawCoprocessorResponse>("RawCoprocessor", true)},
      {"RawCompareAndSwap",
       method_of<wire::kvrpcpb::RawCASRequest, wire::kvrpcpb::RawCASResponse>("RawCompareAndSwap", true)},
  };
  return all;
}

std::vector<CommandSeen> batched_commands(std::string_view bytes) {
  std::vector<CommandSeen> seen;
  tikvpb::BatchCommandsRequest batch;
  if (!parse(batch, bytes)) return seen;
  for (int i = 0; i < batch.requests_size(); ++i) {
    const auto& request = batch.requests(i);
    CommandSeen command;
    command.name = "Empty";
#define TIKV_TESTING_COMMAND(name, field, writes) \
  if (request.has_##field()) command = command_of(#name, request.field(), writes);
    TIKV_TESTING_BATCHED(TIKV_TESTING_COMMAND)
#undef TIKV_TESTING_COMMAND
    command.id = i < batch.request_ids_size() ? batch.request_ids(i) : 0;
    seen.push_back(std::move(command));
  }
  return seen;
}

std::vector<AnswerSeen> batched_answers(std::string_view bytes) {
  std::vector<AnswerSeen> seen;
  tikvpb::BatchCommandsResponse batch;
  if (!parse(batch, bytes)) return seen;
  for (int i = 0; i < batch.responses_size(); ++i) {
    const auto& response = batch.responses(i);
    AnswerSeen answer;
    answer.name = "Empty";
    answer.empty = true;
#define TIKV_TESTING_ANSWER(name, field, writes) \
  if (response.has_##field()) answer = answer_of(#name, response.field());
    TIKV_TESTING_BATCHED(TIKV_TESTING_ANSWER)
#undef TIKV_TESTING_ANSWER
    answer.id = i < batch.request_ids_size() ? batch.request_ids(i) : 0;
    seen.push_back(std::move(answer));
  }
  return seen;
}

}  // namespace

std::vector<CommandSeen> commands_in(std::string_view method, std::string_view bytes) {
  const std::string_view name = short_name(method);
  if (name == "BatchCommands") return batched_commands(bytes);
  const auto found = methods().find(name);
  if (found == methods().end()) return {};
  std::optional<CommandSeen> command = found->second.command(bytes);
  if (!command) return {};
  return {*std::move(command)};
}

std::vector<AnswerSeen> answers_in(std::string_view method, std::string_view bytes) {
  const std::string_view name = short_name(method);
  if (name == "BatchCommands") return batched_answers(bytes);
  const auto found = methods().find(name);
  if (found == methods().end()) return {};
  std::optional<AnswerSeen> answer = found->second.answer(bytes);
  if (!answer) return {};
  return {*std::move(answer)};
}

bool leaves_doubt(const wire::errorpb::Error& error) {
  return error.has_undetermined_result() || error.has_stale_command() || error.has_region_not_found();
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
