#include "wire/reader.h"

namespace tikv::wire {

bool Reader::long_varint(std::uint64_t& value) noexcept {
  value = 0;
  for (unsigned shift = 0; shift < 70 && at_ != end_; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at_++);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool Reader::skip(std::uint32_t tag) noexcept {
  std::uint64_t number = 0;
  std::string_view bytes;
  std::size_t size = 0;
  switch (type_of(tag)) {
    case WireType::varint:
      return raw_varint(number);
    case WireType::bytes:
      return view(bytes);
    case WireType::fixed64:
      size = 8;
      break;
    case WireType::fixed32:
      size = 4;
      break;
    default:
      return false;  // groups have been gone for longer than TiKV has been there
  }
  if (rest() < size) return false;
  at_ += size;
  return true;
}

std::size_t Reader::run_of(std::uint32_t tag) const noexcept {
  Reader ahead = *this;
  std::size_t count = 0;
  std::uint32_t next = tag;
  do {
    ++count;
  } while (next == tag && ahead.skip(tag) && !ahead.at_end() && ahead.tag(next) && next == tag);
  return count;
}

bool Reader::add_entry(TextMap& into) {
  std::string_view bytes;
  if (!view(bytes) || !allowed(sizeof(TextMap::value_type) + 2 * heap_overhead + 3 * sizeof(void*))) return false;
  Reader inside(bytes, allowance_, 0);
  std::string key;
  std::string value;
  while (!inside.at_end()) {
    std::uint32_t tag = 0;
    if (!inside.tag(tag)) return false;
    bool understood = false;
    switch (tag) {
      case tag_of(1, WireType::bytes):
        understood = inside.text(key);
        break;
      case tag_of(2, WireType::bytes):
        understood = inside.text(value);
        break;
      default:
        understood = inside.skip(tag);
    }
    if (!understood) return false;
  }
  into.insert_or_assign(std::move(key), std::move(value));
  return true;
}

}  // namespace tikv::wire
