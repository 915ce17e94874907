#include "injections.h"

#include <array>
#include <optional>
#include <string_view>

#include "testing/region_error_name.h"

namespace tikv::sandbox {

namespace {

using rpc::StatusCode;

struct NamedStatus {
  std::string_view name;
  StatusCode code;
};

constexpr std::array statuses{
    NamedStatus{"CANCELLED", StatusCode::cancelled},
    NamedStatus{"UNKNOWN", StatusCode::unknown},
    NamedStatus{"DEADLINE_EXCEEDED", StatusCode::deadline_exceeded},
    NamedStatus{"RESOURCE_EXHAUSTED", StatusCode::resource_exhausted},
    NamedStatus{"ABORTED", StatusCode::aborted},
    NamedStatus{"UNIMPLEMENTED", StatusCode::unimplemented},
    NamedStatus{"INTERNAL", StatusCode::internal},
    NamedStatus{"UNAVAILABLE", StatusCode::unavailable},
};

void set_answer(testing::Injection& injection, const std::string& name) {
  for (const NamedStatus& known : statuses) {
    if (known.name != name) continue;
    injection.status = {known.code, "the sandbox was told to fail"};
    return;
  }
  if (!testing::set_region_error(name, injection.error)) {
    throw WrongUsage{"'" + name + "' is neither a region error nor a gRPC status"};
  }
  injection.error.message = "the sandbox was told to fail";
}

std::optional<testing::Node> node_of(const std::string& word) {
  if (word == "any") return std::nullopt;
  if (word.starts_with("pd")) return testing::Node::pd(word == "pd" ? 1 : to_number(word.substr(2)));
  return testing::Node::of_store(to_number(word));
}

}  // namespace

testing::Injection parse_injection(const CommandArguments& arguments) {
  for (const auto& [name, value] : arguments.options) {
    if (name != "node" && name != "method" && name != "count") throw WrongUsage{"there is no option --" + name};
  }
  testing::Injection injection;
  set_answer(injection, arguments.words.at(0));
  injection.node = node_of(arguments.option("node", "any"));
  injection.method = arguments.option("method", "");
  injection.count = to_number(arguments.option("count", "1"));
  injection.applied = arguments.applied;
  if (injection.count == 0) throw WrongUsage{"--count 0 would do nothing"};
  if (injection.node && injection.node->kind == testing::Node::Kind::pd && injection.status.ok()) {
    throw WrongUsage{"PD knows no region errors, only statuses"};
  }
  return injection;
}

}  // namespace tikv::sandbox
