// Calls about ranges: deletion, checksums, plugins.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "raw/range_sharding.h"
#include "raw/raw_kv.h"
#include "raw/raw_requests.h"

namespace tikv::raw {

namespace {

class DeleteRangeCall final : public RangedCall {
 public:
  DeleteRangeCall(const CallContext& context, const region::KeyCodec& codec, bool resend)
      : context_(context), codec_(codec), resend_(resend) {}

  [[nodiscard]] std::unique_ptr<region::RegionRequest> request(const RangeShard& shard) override {
    auto request = std::make_unique<DeleteRange>(resend_);
    prepare(*request, context_, codec_);
    // One range was given, so one part of it lies in a region.
    request->message.start_key = codec_.key(shard.ranges.front().start());
    request->message.end_key = codec_.range_end(shard.ranges.front().end());
    return request;
  }
  void absorb(region::RegionRequest& /*request*/, const RangeShard& /*shard*/) override {}

 private:
  CallContext context_;
  const region::KeyCodec& codec_;
  bool resend_;
};

template <class Message>
void add_ranges(Message& message, const RangeShard& shard, const region::KeyCodec& codec) {
  for (const KeyRange& range : shard.ranges) {
    message.ranges.push_back({.start_key = codec.key(range.start()), .end_key = codec.range_end(range.end())});
  }
}

class ChecksumCall final : public RangedCall {
 public:
  ChecksumCall(const CallContext& context, const region::KeyCodec& codec) : context_(context), codec_(codec) {}

  [[nodiscard]] std::unique_ptr<region::RegionRequest> request(const RangeShard& shard) override {
    auto request = std::make_unique<Checksum>();
    prepare(*request, context_, codec_);
    request->message.algorithm = pb::ChecksumAlgorithm::crc64_xor;
    add_ranges(request->message, shard, codec_);
    return request;
  }
  void absorb(region::RegionRequest& request, const RangeShard& /*shard*/) override {
    const pb::RawChecksumResponse& answer = static_cast<Checksum&>(request).answer;
    sum.crc64_xor ^= answer.checksum;
    overflows_ = overflows_ || answer.total_kvs > most - sum.kvs || answer.total_bytes > most - sum.bytes;
    sum.kvs += answer.total_kvs;
    sum.bytes += answer.total_bytes;
  }
  [[nodiscard]] bool overflows() const noexcept { return overflows_; }

  RangeChecksum sum;

 private:
  static constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  CallContext context_;
  const region::KeyCodec& codec_;
  bool overflows_ = false;
};

class PluginCall final : public RangedCall {
 public:
  PluginCall(const CoprocessorCall& call, const CallContext& context, const region::KeyCodec& codec)
      : call_(call), context_(context), codec_(codec) {}

  [[nodiscard]] std::unique_ptr<region::RegionRequest> request(const RangeShard& shard) override {
    const bool resend = context_.resend == Resend::always;
    auto request = std::make_unique<Coprocessor>(resend);
    prepare(*request, context_, codec_);
    request->message.copr_name = call_.name;
    request->message.copr_version_req = call_.version_requirement;
    add_ranges(request->message, shard, codec_);
    CoprocessorRegion region;
    region.id = shard.region->id;
    region.start = shard.region->start;
    region.end = shard.region->end;
    if (call_.data) request->message.data = call_.data(region, shard.ranges);
    return request;
  }
  void absorb(region::RegionRequest& request, const RangeShard& shard) override {
    CoprocessorAnswer answer;
    answer.ranges = shard.ranges;
    answer.data = std::move(static_cast<Coprocessor&>(request).answer.data);
    answers.push_back(std::move(answer));
  }

  std::vector<CoprocessorAnswer> answers;

 private:
  const CoprocessorCall& call_;
  CallContext context_;
  const region::KeyCodec& codec_;
};

}  // namespace

Task<void> RawKv::delete_range(core::Operation& operation, CallContext context, KeyRange range) {
  DeleteRangeCall call(context, sender_.codec(), resends(context));
  std::vector<KeyRange> ranges;
  ranges.push_back(std::move(range));
  co_return co_await send_ranges(operation, sender_, call, std::move(ranges), options_.max_parallel_regions);
}

Task<RangeChecksum> RawKv::checksum(core::Operation& operation, CallContext context, KeyRange range) {
  co_await ok(sender_.stores().require(operation, region::Feature::raw_checksum));
  ChecksumCall call(context, sender_.codec());
  std::vector<KeyRange> ranges;
  ranges.push_back(std::move(range));
  co_await ok(send_ranges(operation, sender_, call, std::move(ranges), options_.max_parallel_regions));
  if (call.overflows()) {
    co_return operation.tell(
        Error(ErrorKind::protocol_error, "the stores count more pairs or bytes than there can be: 2^64 and more"));
  }
  co_return call.sum;
}

Task<std::vector<CoprocessorAnswer>> RawKv::coprocessor(core::Operation& operation, CallContext context,
                                                        CoprocessorCall call) {
  co_await ok(sender_.stores().require(operation, region::Feature::raw_coprocessor));
  PluginCall plugin(call, context, sender_.codec());
  std::vector<KeyRange> ranges = call.ranges;
  co_await ok(send_ranges(operation, sender_, plugin, std::move(ranges), options_.max_parallel_regions));
  std::stable_sort(plugin.answers.begin(), plugin.answers.end(),
                   [](const CoprocessorAnswer& left, const CoprocessorAnswer& right) {
                     return left.ranges.front().start() < right.ranges.front().start();
                   });
  co_return std::move(plugin.answers);
}

}  // namespace tikv::raw
