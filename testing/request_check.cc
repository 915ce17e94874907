#include "testing/request_check.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "region/store_calls.h"
#include "testing/faults.h"

namespace tikv::testing {

namespace {

/// One field of a message as it lies in its bytes.
struct Field {
  std::uint32_t number = 0;
  std::uint64_t value = 0;  ///< of a number
  std::string_view bytes;   ///< of anything else
};

/// The fields in their order; none if the bytes are no message of numbers, texts and messages.
std::optional<std::vector<Field>> fields_in(std::string_view bytes) {
  std::vector<Field> fields;
  wire::Reader reader(bytes);
  while (!reader.at_end()) {
    std::uint32_t tag = 0;
    if (!reader.tag(tag)) return std::nullopt;
    Field& field = fields.emplace_back();
    field.number = wire::field_of(tag);
    const bool number = wire::type_of(tag) == wire::WireType::varint;
    if (!number && wire::type_of(tag) != wire::WireType::bytes) return std::nullopt;
    if (!(number ? reader.number<wire::Varint>(field.value) : reader.view(field.bytes))) return std::nullopt;
  }
  return fields;
}

using Numbers = std::initializer_list<std::uint32_t>;

/// What a kind of request sets, by the numbers of its fields. proto3 does not send what is zero or empty.
struct Kind {
  std::string_view method;
  std::vector<std::uint32_t> always;
  std::vector<std::uint32_t> sometimes;
  std::uint32_t family = 0;   ///< the column family: who asks for one where there is none means it
  std::uint32_t for_cas = 0;  ///< set if and only if the client is in atomic mode
  std::uint32_t ttl = 0;      ///< where there are times to live
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"RawGet", {2}, {}, 3, 0, 0},
      {"RawBatchGet", {2}, {}, 3, 0, 0},
      {"RawPut", {2}, {3}, 4, 6, 5},
      {"RawBatchPut", {2}, {6}, 3, 5, 4},
      {"RawDelete", {2}, {}, 3, 4, 0},
      {"RawBatchDelete", {2}, {}, 3, 4, 0},
      {"RawDeleteRange", {}, {2, 3}, 4, 0, 0},
      {"RawScan", {3}, {2, 4, 6, 7}, 5, 0, 0},
      {"RawCompareAndSwap", {2}, {3, 4, 5, 8}, 6, 0, 7},
      {"RawGetKeyTTL", {2}, {}, 3, 0, 0},
      {"RawChecksum", {3}, {}, 0, 0, 0},
      {"RawCoprocessor", {2, 3, 4}, {5}, 0, 0, 0},
  };
  return all;
}

bool among(const std::vector<std::uint32_t>& numbers, std::uint32_t number) {
  return number != 0 && std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

/// Looks at one request.
class Inspection {
 public:
  explicit Inspection(std::string_view method) : method_(method) {}

  void look_at(std::string_view bytes, const std::optional<RequestManners>& manners) {
    const auto kind = std::find_if(kinds().begin(), kinds().end(), [&](const Kind& k) { return k.method == method_; });
    if (kind == kinds().end()) return fault("is no request that this client has");
    const auto fields = fields_in(bytes);
    if (!fields) return fault("cannot be read");
    look_at_context(*fields, manners);
    for (const std::uint32_t number : kind->always) {
      if (!has(*fields, number)) fault("lacks its field " + std::to_string(number));
    }
    for (const Field& field : *fields) {
      const bool known = field.number == 1 || among(kind->always, field.number) ||
                         among(kind->sometimes, field.number) || field.number == kind->family ||
                         field.number == kind->for_cas || field.number == kind->ttl;
      if (!known) fault("sets field " + std::to_string(field.number) + ", which is not its own");
    }
    if (!manners) return;
    look_at_mode(*fields, *kind, *manners);
  }

  std::vector<std::string> faults;

 private:
  static bool has(const std::vector<Field>& fields, std::uint32_t number) {
    return std::any_of(fields.begin(), fields.end(), [&](const Field& field) { return field.number == number; });
  }
  void fault(const std::string& what) { faults.push_back(std::string(method_) + " " + what); }

  void look_at_mode(const std::vector<Field>& fields, const Kind& kind, const RequestManners& manners) {
    if (kind.for_cas != 0 && has(fields, kind.for_cas) != manners.atomic) {
      fault(manners.atomic ? "does not ask for the latch of compare-and-swap, and the client is in atomic mode"
                           : "asks for the latch of compare-and-swap, and the client is not in atomic mode");
    }
  }

  void look_at_context(const std::vector<Field>& fields, const std::optional<RequestManners>& manners) {
    if (std::count_if(fields.begin(), fields.end(), [](const Field& field) { return field.number == 1; }) != 1) {
      return fault("has not one context");
    }
    const auto place = std::find_if(fields.begin(), fields.end(), [](const Field& field) { return field.number == 1; });
    wire::kvrpcpb::Context context;
    const auto parts = fields_in(place->bytes);
    if (!parts || !wire::decode(place->bytes, context)) {
      return fault("has a context that cannot be read");
    }
    // Region, epoch, peer; priority; limit of time; API version, keyspace; cluster. Nothing else is ours.
    static const std::vector<std::uint32_t> ours{1, 2, 3, 6, 14, 21, 32, 35};
    for (const Field& field : *parts) {
      if (!among(ours, field.number)) fault("sets Context." + std::to_string(field.number) + ", which it should not");
    }
    must(context.region_id != 0, "the region");
    must(context.region_epoch && context.region_epoch->version != 0, "the epoch's version");
    must(context.region_epoch && context.region_epoch->conf_ver != 0, "the epoch's conf_ver");
    must(context.peer && context.peer->id != 0, "the peer");
    must(context.peer && context.peer->store_id != 0, "the peer's store");
    must(context.max_execution_duration_ms != 0, "the limit of its execution");
    must(context.cluster_id != 0, "the cluster");
    if (!manners) return;
    must_be("cluster", context.cluster_id, manners->cluster_id);
    must_be("keyspace", context.keyspace_id, manners->keyspace_id);
    const bool second = manners->api_version == ApiVersion::v2;
    must_be("API version", static_cast<std::uint64_t>(context.api_version),
            static_cast<std::uint64_t>(second ? wire::kvrpcpb::APIVersion::v2 : wire::kvrpcpb::APIVersion::v1));
  }

  void must(bool is_set, const char* what) {
    if (!is_set) fault("does not name " + std::string(what) + " in its context");
  }
  void must_be(const char* what, std::uint64_t is, std::uint64_t wanted) {
    if (is == wanted) return;
    fault("names " + std::string(what) + " " + std::to_string(is) + " in its context, and its client's is " +
          std::to_string(wanted));
  }

  std::string_view method_;
};

std::vector<std::string> faults_of_batch(std::string_view bytes, const std::optional<RequestManners>& manners) {
  const auto fields = fields_in(bytes);
  if (!fields) return {"BatchCommands cannot be read"};
  std::vector<std::string> faults;
  std::size_t requests = 0;
  for (const Field& field : *fields) {
    if (field.number != 1) continue;
    ++requests;
    const auto commands = fields_in(field.bytes);
    if (!commands || commands->size() != 1) {
      faults.emplace_back("an entry of BatchCommands has not one command");
      continue;
    }
    std::string_view name;
    region::with_batched_call(commands->front().number, [&](auto call) { name = call.name; });
    if (name.empty()) {
      faults.push_back("command " + std::to_string(commands->front().number) + " is in a batch");
      continue;
    }
    std::vector<std::string> found = faults_of_request(name, commands->front().bytes, manners);
    std::move(found.begin(), found.end(), std::back_inserter(faults));
  }
  if (requests == 0) faults.emplace_back("a message of BatchCommands is empty");
  return faults;
}

}  // namespace

std::vector<std::string> faults_of_request(std::string_view method, std::string_view bytes,
                                           const std::optional<RequestManners>& manners) {
  if (method == "BatchCommands") return faults_of_batch(bytes, manners);
  Inspection inspection(method);
  inspection.look_at(bytes, manners);
  return std::move(inspection.faults);
}

void RequestCheck::on_event(const NetworkEvent& event) {
  if (event.kind != NetworkEvent::Kind::sent || !event.method.starts_with("/tikvpb.Tikv/")) return;
  const auto known = manners_.find(event.client);
  const std::optional<RequestManners> manners = known == manners_.end() ? std::nullopt : std::optional(known->second);
  for (const std::string& fault : faults_of_request(short_name(event.method), event.bytes, manners)) {
    complain_("a request of " + std::string(event.client) + " is not as it must be: " + fault);
  }
}

}  // namespace tikv::testing
