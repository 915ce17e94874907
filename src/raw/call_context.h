#pragma once

#include <chrono>
#include <string>

#include "region/key_codec.h"
#include "region/region_request.h"
#include "tikv/options.h"

namespace tikv::raw {

/// What goes into each request of a call, besides what it is about.
struct CallContext {
  ColumnFamily column_family = ColumnFamily::default_;
  Priority priority = Priority::normal;
  Resend resend = Resend::by_default;
  std::chrono::seconds ttl{0};
};

/// TiKV's name of a column family; the default one needs none.
[[nodiscard]] std::string name_of(ColumnFamily family);
[[nodiscard]] region::CallTraits traits_of(const CallContext& context, const region::KeyCodec& codec) noexcept;

/// Fills in what the messages of raw requests have in common.
template <class Request>
void prepare(Request& request, const CallContext& context, const region::KeyCodec& codec) {
  request.traits = traits_of(context, codec);
  if constexpr (requires { request.message.cf; }) {
    if (context.column_family != ColumnFamily::default_) request.message.cf = name_of(context.column_family);
  }
}

}  // namespace tikv::raw
