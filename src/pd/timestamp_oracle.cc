#include "pd/timestamp_oracle.h"

#include <optional>
#include <utility>

#include "core/printable.h"
#include "pd/pd_calls.h"
#include "pd/pd_errors.h"

namespace tikv::pd {

namespace {
constexpr int logical_bits = 18;
constexpr int physical_bits = 64 - logical_bits - 1;  // milliseconds: far more than 2,000 years
constexpr std::size_t largest_batch = 10'000;         // what PD's own client allows itself
}  // namespace

TimestampOracle::TimestampOracle(core::Loop& loop, rpc::Transport& transport, core::Duration attempt_timeout)
    : loop_(loop), transport_(transport), attempt_timeout_(attempt_timeout), silence_timer_(loop, [this] {
        fail(Error(ErrorKind::unavailable, "PD at " + leader_ + " did not answer a request for timestamps in time"));
      }) {}

TimestampOracle::~TimestampOracle() = default;

void TimestampOracle::request(Waiter& waiter, const std::string& leader, std::uint64_t cluster_id) {
  if (leader != leader_ || cluster_id != cluster_id_) {
    if (stream_) fail(Error(ErrorKind::unavailable, "the leader of PD moved from " + leader_ + " to " + leader));
    leader_ = leader;
    cluster_id_ = cluster_id;
  }
  waiter.batch_ = waiting_;
  waiter.place_ = waiting_->size();
  waiting_->push_back(&waiter);
  if (!stream_) open();
  if (!in_flight_) send();
}

void TimestampOracle::open() {
  rpc::CallStart start;
  start.address = leader_;
  start.method = calls::Tso::method;
  stream_ = transport_.stream(std::move(start), *this);
}

void TimestampOracle::send() {
  silence_timer_.set(saturating_add(loop_.now(), attempt_timeout_));  // also for a batch that fails to leave
  in_flight_ = std::exchange(waiting_, std::make_shared<Batch>());
  if (in_flight_->size() > largest_batch) {
    for (std::size_t i = largest_batch; i < in_flight_->size(); ++i) {
      Waiter* waiter = (*in_flight_)[i];
      if (waiter == nullptr) continue;
      waiter->batch_ = waiting_;
      waiter->place_ = waiting_->size();
      waiting_->push_back(waiter);
    }
    in_flight_->resize(largest_batch);
  }
  send_request();
  silence_timer_.set(saturating_add(loop_.now(), attempt_timeout_));
}

void TimestampOracle::send_request() {
  wire::pdpb::TsoRequest request;
  request.header = {.cluster_id = cluster_id_};
  request.count = static_cast<std::uint32_t>(in_flight_->size());
  ++requests_sent_;
  stream_->expect_answer(true);
  stream_->send(wire::encode(request));
}

Result<std::uint64_t> TimestampOracle::first_of(const std::string& message) {
  wire::pdpb::TsoResponse response;
  if (!decode(message, response)) {
    return Error(ErrorKind::protocol_error, "PD at " + leader_ + " sent a timestamp answer that cannot be parsed");
  }
  if (Result<void> ours = check_header(leader_, response.header, cluster_id_); !ours) return ours.error();
  if (const std::optional<Error> refused = refusal(leader_, response.header)) {
    return Error(ErrorKind::unavailable, refused->summary());
  }
  if (!in_flight_ || response.count != in_flight_->size()) {
    return Error(ErrorKind::protocol_error, "PD at " + leader_ + " gave another number of timestamps than asked for");
  }
  const auto [physical, logical, suffix_bits] = response.timestamp.value_or(wire::pdpb::Timestamp());
  if (physical < 0 || physical >> physical_bits != 0 || logical < 0 || logical >> logical_bits != 0) {
    return Error(ErrorKind::protocol_error, "PD at " + leader_ + " gave a timestamp that cannot be: " +
                                                std::to_string(physical) + " ms, " + std::to_string(logical));
  }
  // The answer names the last timestamp of the batch.
  const auto last = (static_cast<std::uint64_t>(physical) << logical_bits) + static_cast<std::uint64_t>(logical);
  const std::uint64_t first = last - (in_flight_->size() - 1);
  if (first <= last_ || first > last) {
    return Error(ErrorKind::internal, "PD at " + leader_ + " gave timestamps that go back: " + std::to_string(first) +
                                          " after " + std::to_string(last_));
  }
  last_ = last;
  return first;
}

void TimestampOracle::on_message(std::string message) {
  const Result<std::uint64_t> first = first_of(message);
  if (!first) {
    fail(first.error());
    return;
  }
  silence_timer_.cancel();
  const std::shared_ptr<Batch> answered = std::exchange(in_flight_, nullptr);
  stream_->expect_answer(false);
  timestamps_given_ += answered->size();
  // The next batch leaves before the waiters of this one run on.
  if (!waiting_->empty()) send();
  for (std::size_t i = 0; i < answered->size(); ++i) {
    Waiter* waiter = std::exchange((*answered)[i], nullptr);
    if (waiter == nullptr) continue;
    waiter->batch_ = nullptr;
    waiter->reply_.set(*first + i);
  }
}

void TimestampOracle::on_silence() {
  if (!in_flight_) return;
  fail(Error(ErrorKind::unavailable, "PD at " + leader_ + " gives no sign of life"));
}

/// The same leader is asked by another connection; an answer of the old one comes too late.
void TimestampOracle::on_going_away() {
  stream_.reset();
  if (!in_flight_) return;
  open();
  send_request();
}

void TimestampOracle::on_end(rpc::StreamEnd end) {
  const std::string words = core::printable(end.status.message);
  // PD refuses a foreign cluster by ending the stream; another try would be refused as well.
  const bool foreign = unreachable(leader_, end.status).kind() == ErrorKind::cluster_id_mismatch;
  fail(Error(foreign ? ErrorKind::cluster_id_mismatch : ErrorKind::unavailable,
             "the stream of timestamps from PD at " + leader_ + " ended: " + std::string(to_string(end.status.code)) +
                 (words.empty() ? "" : ": ") + words));
}

void TimestampOracle::fail(const Error& error) {
  silence_timer_.cancel();
  stream_.reset();
  const std::shared_ptr<Batch> lost = std::exchange(in_flight_, nullptr);
  const std::shared_ptr<Batch> queued = std::exchange(waiting_, std::make_shared<Batch>());
  for (const auto& batch : {lost, queued}) {
    if (!batch) continue;
    for (Waiter*& place : *batch) {
      Waiter* waiter = std::exchange(place, nullptr);
      if (waiter == nullptr) continue;
      waiter->batch_ = nullptr;
      waiter->reply_.set(error);
    }
  }
}

}  // namespace tikv::pd
