#include "judge/messages.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>

#include "judge/constructs.pb.h"
#include "judge/errorpb.pb.h"
#include "judge/keyspacepb.pb.h"
#include "judge/kvrpcpb.pb.h"
#include "judge/metapb.pb.h"
#include "judge/pdpb.pb.h"
#include "judge/tikvpb.pb.h"
#include "wire/constructs.h"
#include "wire/keyspacepb.h"
#include "wire/pdpb.h"
#include "wire/tikvpb.h"

namespace tikv::judge {

namespace {

template <class Message>
Kind kind(std::string_view full_name) {
  constexpr std::string_view package = "tikv.wire.";
  Kind made;
  made.name = full_name.substr(package.size());
  made.recode = [](std::string_view bytes) -> std::optional<std::string> {
    Message message;
    if (!wire::decode(bytes, message)) return std::nullopt;
    std::string again = wire::encode(message);
    Message second;
    if (!wire::decode(again, second) || !(second == message)) return std::nullopt;
    return again;
  };
  made.forgets = [](std::string_view before, std::string_view bytes) {
    Message used;
    Message fresh;
    if (!wire::decode(before, used)) used = Message();
    const bool understood = wire::decode(bytes, fresh);
    return wire::decode(bytes, used) == understood && (!understood || used == fresh);
  };
  made.decode = [](std::string_view bytes) {
    Message message;
    return wire::decode(bytes, message);
  };
  return made;
}

/// A linker leaves out the classes of a file that nobody names.
void name_all_files() {
  metapb::Peer::descriptor();
  errorpb::Error::descriptor();
  kvrpcpb::Context::descriptor();
  tikvpb::BatchCommandsRequest::descriptor();
  pdpb::Region::descriptor();
  keyspacepb::KeyspaceMeta::descriptor();
  constructs::Everything::descriptor();
}

}  // namespace

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
#define TIKV_WIRE_MESSAGE(type, name) kind<type>(name),
#include "wire/constructs.inc"
#include "wire/errorpb.inc"
#include "wire/keyspacepb.inc"
#include "wire/kvrpcpb.inc"
#include "wire/metapb.inc"
#include "wire/pdpb.inc"
#include "wire/tikvpb.inc"
#undef TIKV_WIRE_MESSAGE
  };
  return all;
}

const Kind* kind_of(std::string_view name) {
  const auto found = std::ranges::find(kinds(), name, &Kind::name);
  return found == kinds().end() ? nullptr : &*found;
}

std::unique_ptr<google::protobuf::Message> theirs(const std::string& name) {
  name_all_files();
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName("tikv.judge." + name);
  if (descriptor == nullptr) return nullptr;
  return std::unique_ptr<google::protobuf::Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
}

std::string bytes_of(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

}  // namespace tikv::judge
