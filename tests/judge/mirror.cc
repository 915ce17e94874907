// A mirror on every simulated network of a test program: each message that a client or a server sends is
// decoded and encoded again by Google's libprotobuf, and must come back to the byte.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "judge/messages.h"
#include "testing/network.h"

namespace tikv::judge {

namespace {

using google::protobuf::MethodDescriptor;

constexpr std::string_view package = "tikv.judge.";

/// A message of a method, by both.
struct Mirrored {
  const Kind* ours = nullptr;
  std::unique_ptr<google::protobuf::Message> theirs;
};

class Mirror final : public testing::NetworkListener {
 public:
  Mirror() { testing::listen_to_all_networks(this); }

  void on_event(const testing::NetworkEvent& event) override {
    const bool asked = event.kind == testing::NetworkEvent::Kind::sent;
    const bool answered = event.kind == testing::NetworkEvent::Kind::answered && event.status == rpc::StatusCode::ok;
    if (asked || answered) look_at(event.method, asked, event.bytes);
  }

 private:
  static Mirrored mirrored(std::string_view method, bool asked) {
    // "/tikvpb.Tikv/RawGet" is the method RawGet of the service tikv.judge.tikvpb.Tikv.
    const std::size_t cut = method.rfind('/');
    const std::string service = std::string(package) + std::string(method.substr(1, cut - 1));
    static_cast<void>(theirs("kvrpcpb.Context"));  // from now on the classes are there
    const auto* described = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service);
    const MethodDescriptor* found =
        described == nullptr ? nullptr : described->FindMethodByName(std::string(method.substr(cut + 1)));
    if (found == nullptr) return {};
    const std::string name = (asked ? found->input_type() : found->output_type())->full_name().substr(package.size());
    return {kind_of(name), theirs(name)};
  }

  void look_at(std::string_view method, bool asked, std::string_view bytes) {
    auto& known = asked ? requests_ : answers_;
    auto place = known.find(method);
    if (place == known.end()) place = known.emplace(std::string(method), mirrored(method, asked)).first;
    Mirrored& mirror = place->second;
    if (mirror.theirs == nullptr) return;  // no method of TiKV's: tests of the network itself
    if (!mirror.theirs->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;  // a lie of a test
    const std::string again = bytes_of(*mirror.theirs);
    if (again == bytes) return;
    // The context of a request is its first field and is sent last.
    EXPECT_EQ(again.size(), bytes.size()) << method << ": something is sent that protobuf would not";
    EXPECT_EQ(mirror.ours->recode(bytes), again) << method << ":\n" << mirror.theirs->DebugString();
  }

  // By method.
  std::map<std::string, Mirrored, std::less<>> requests_;
  std::map<std::string, Mirrored, std::less<>> answers_;
};

Mirror mirror;

}  // namespace

}  // namespace tikv::judge
