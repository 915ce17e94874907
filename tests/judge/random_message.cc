#include "judge/random_message.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace tikv::judge {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

namespace {

std::vector<const FieldDescriptor*> fields_of(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  return fields;
}

/// A message with those fields of `message` that `keep` is true for.
template <class Keep>
std::unique_ptr<Message> part_of(const Message& message, const Keep& keep) {
  std::unique_ptr<Message> part(message.New());
  part->CopyFrom(message);
  for (const FieldDescriptor* field : fields_of(message)) {
    if (!keep(field)) part->GetReflection()->ClearField(part.get(), field);
  }
  return part;
}

}  // namespace

std::uint64_t RandomMessages::number() {
  const std::uint64_t bits = up_to(64);
  return bits == 0 ? 0 : random_() >> (64 - bits);
}

std::string RandomMessages::text(bool utf8) {
  std::string text(one_in(8) ? up_to(300) : up_to(12), '\0');
  for (char& byte : text) byte = utf8 ? static_cast<char>('a' + up_to(25)) : static_cast<char>(random_());
  return text;
}

void RandomMessages::add_entry(Message& message, const FieldDescriptor& field) {
  Message* entry = message.GetReflection()->AddMessage(&message, &field);
  entry->GetReflection()->SetString(entry, entry->GetDescriptor()->field(0), text(true));
  entry->GetReflection()->SetString(entry, entry->GetDescriptor()->field(1), text(true));
}

void RandomMessages::add(Message& message, const FieldDescriptor& field, int depth) {
  const Reflection& reflection = *message.GetReflection();
  const bool repeated = field.is_repeated();
  const std::uint64_t value = number();
  const auto set = [&](auto add_one, auto set_one, auto content) {
    repeated ? (reflection.*add_one)(&message, &field, content) : (reflection.*set_one)(&message, &field, content);
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (depth > 4) return;
      if (field.is_map()) return add_entry(message, field);
      return fill(repeated ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field),
                  depth + 1);
    case FieldDescriptor::CPPTYPE_INT32:
      return set(&Reflection::AddInt32, &Reflection::SetInt32, static_cast<std::int32_t>(value));
    case FieldDescriptor::CPPTYPE_INT64:
      return set(&Reflection::AddInt64, &Reflection::SetInt64, static_cast<std::int64_t>(value));
    case FieldDescriptor::CPPTYPE_UINT32:
      return set(&Reflection::AddUInt32, &Reflection::SetUInt32, static_cast<std::uint32_t>(value));
    case FieldDescriptor::CPPTYPE_UINT64:
      return set(&Reflection::AddUInt64, &Reflection::SetUInt64, value);
    case FieldDescriptor::CPPTYPE_BOOL:
      return set(&Reflection::AddBool, &Reflection::SetBool, value % 2 == 1);
    case FieldDescriptor::CPPTYPE_ENUM:  // also values that nobody knows
      return set(&Reflection::AddEnumValue, &Reflection::SetEnumValue, static_cast<int>(one_in(4) ? value : value % 4));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return set(&Reflection::AddDouble, &Reflection::SetDouble, one_in(4) ? -0.0 : static_cast<double>(value));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return set(&Reflection::AddFloat, &Reflection::SetFloat, one_in(4) ? -0.0F : static_cast<float>(value));
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string content = text(field.type() == FieldDescriptor::TYPE_STRING);
      repeated ? reflection.AddString(&message, &field, content) : reflection.SetString(&message, &field, content);
      return;
    }
  }
}

void RandomMessages::fill(Message& message, int depth) {
  const auto& descriptor = *message.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    if (one_in(3)) continue;
    const FieldDescriptor& field = *descriptor.field(i);
    for (std::uint64_t left = field.is_repeated() ? up_to(4) : 1; left > 0; --left) add(message, field, depth);
  }
  // Keys that came twice are one in every decoded message.
  const std::unique_ptr<Message> copy(message.New());
  if (depth == 0 && copy->ParseFromString(message.SerializeAsString())) message.CopyFrom(*copy);
}

std::string RandomMessages::unknown_field() {
  google::protobuf::UnknownFieldSet set;
  switch (up_to(3)) {
    case 0:
      set.AddVarint(900, random_());
      break;
    case 1:
      set.AddFixed64(901, random_());
      break;
    case 2:
      set.AddFixed32(902, static_cast<std::uint32_t>(random_()));
      break;
    default:
      set.AddLengthDelimited(903, text(false));
  }
  std::string bytes;
  set.SerializeToString(&bytes);
  return bytes;
}

std::string RandomMessages::shuffled(const Message& message) {
  std::vector<std::string> parts;
  for (const FieldDescriptor* field : fields_of(message)) {
    const auto alone = part_of(message, [field](const FieldDescriptor* other) { return other == field; });
    if (field->is_repeated() || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      parts.push_back(alone->SerializeAsString());
    } else {
      const Message& inner = message.GetReflection()->GetMessage(message, field);
      std::vector<const FieldDescriptor*> first;
      for (const FieldDescriptor* each : fields_of(inner)) {
        if (one_in(2)) first.push_back(each);
      }
      for (const bool with : {true, false}) {
        const auto half = part_of(inner, [&](const FieldDescriptor* each) {
          return (std::find(first.begin(), first.end(), each) != first.end()) == with;
        });
        alone->GetReflection()->MutableMessage(alone.get(), field)->CopyFrom(*half);
        parts.push_back(alone->SerializeAsString());
      }
    }
    if (one_in(3)) parts.push_back(unknown_field());
  }
  std::shuffle(parts.begin(), parts.end(), random_);
  std::string all;
  for (const std::string& part : parts) all += part;
  return all;
}

std::string RandomMessages::damaged(std::string bytes) {
  for (std::uint64_t times = 1 + up_to(3); times > 0 && !bytes.empty(); --times) {
    const std::size_t place = up_to(bytes.size() - 1);
    switch (up_to(3)) {
      case 0:
        bytes[place] = static_cast<char>(random_());
        break;
      case 1:
        bytes.resize(place);
        break;
      case 2:
        bytes.insert(place, 1, static_cast<char>(random_()));
        break;
      default:
        bytes.erase(place, 1 + up_to(2));
    }
  }
  return bytes;
}

}  // namespace tikv::judge
