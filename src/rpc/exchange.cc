#include "rpc/exchange.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/printable.h"
#include "rpc/session.h"

namespace tikv::rpc {
namespace {

// Peers that send more in one block of headers are up to no good.
constexpr std::size_t max_header_block = std::size_t{64} << 10;

bool is_grpc(std::string_view content_type) {
  constexpr std::string_view grpc = "application/grpc";
  if (!content_type.starts_with(grpc)) return false;
  return content_type.size() == grpc.size() || content_type[grpc.size()] == '+' || content_type[grpc.size()] == ';';
}

// The peer itself cannot say whether it did what was asked.
bool leaves_doubt(StatusCode code) {
  return code == StatusCode::unavailable || code == StatusCode::cancelled || code == StatusCode::deadline_exceeded;
}

void add_metadata(Metadata& metadata, std::string_view name, std::string_view value) {
  if (!is_binary_header(name)) {
    metadata.emplace_back(name, value);
    return;
  }
  while (true) {  // several values may have been joined with commas
    const std::size_t comma = value.find(',');
    std::string bytes;
    if (base64_decode(value.substr(0, comma), bytes)) metadata.emplace_back(name, std::move(bytes));
    if (comma == std::string_view::npos) break;
    value.remove_prefix(comma + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
  }
}

}  // namespace

void HeaderBlock::add(std::string_view name, std::string_view value) {
  size += name.size() + value.size() + 32;
  if (size > max_header_block || name.empty()) return;
  if (name == ":status") {
    std::from_chars(value.data(), value.data() + value.size(), http_status);
  } else if (name == "content-type") {
    grpc_content = is_grpc(value);
    if (!grpc_content) content_type = value;
  } else if (name == "grpc-status") {
    has_grpc_status = true;
    grpc_status = parse_status(value);
  } else if (name == "grpc-message") {
    grpc_message = percent_decode(value);
  } else if (name.front() != ':' && name != "grpc-encoding" && name != "grpc-accept-encoding") {
    add_metadata(metadata, name, value);
  }
}

Exchange::Exchange(std::string_view method, Metadata metadata) : method_(method), metadata_(std::move(metadata)) {}

Exchange::~Exchange() {
  if (session_ != nullptr) session_->cancel(*this);
}

std::string Exchange::prepare_metadata() {
  for (auto& [name, value] : metadata_) {
    std::string problem = check_header(name, value);
    if (!problem.empty()) return problem;
    if (is_binary_header(name)) value = base64_encode(value);
  }
  return {};
}

std::uint64_t Exchange::add_message(std::string message) {
  if (!ended_) writer_.push(std::move(message));
  return messages_++;
}

void Exchange::expect_answer(bool expected) noexcept {
  if (std::exchange(expects_answer_, expected) == expected || session_ == nullptr) return;
  expected ? ++session_->awaited_ : --session_->awaited_;
}

Delivery Exchange::delivery() const noexcept {
  if (ended_) return final_delivery_;
  const bool gone = session_ != nullptr && head_offset_ < session_->gone();
  return gone ? Delivery::maybe_processed : Delivery::not_sent;
}

Delivery Exchange::delivery(std::uint64_t number) const noexcept {
  const std::uint64_t gone = ended_ ? final_gone_ : gone_messages();
  if (number >= gone) return Delivery::not_sent;
  return ended_ && final_delivery_ == Delivery::refused ? Delivery::refused : Delivery::maybe_processed;
}

std::uint64_t Exchange::released_messages() const noexcept {
  if (session_ != nullptr) {
    while (begins_settled_ < begins_.size() && begins_[begins_settled_] < session_->released()) ++begins_settled_;
  }
  return begins_base_ + begins_settled_;
}

std::uint64_t Exchange::gone_messages() const noexcept {
  const bool recallable = session_ == nullptr || session_->broken_off();
  return recallable ? released_messages() : begins_base_ + begins_.size();
}

void Exchange::take_output(std::size_t count, std::string& out, std::size_t offset) {
  const std::uint64_t released = released_messages();
  if (begins_settled_ > 0 && begins_settled_ * 2 >= begins_.size()) {
    begins_.erase(begins_.begin(), begins_.begin() + static_cast<std::ptrdiff_t>(begins_settled_));
    begins_settled_ = 0;
    begins_base_ = released;
  }
  writer_.take(count, out, offset, begins_);
  output_bytes_ += count;
}

std::size_t Exchange::staged_bytes() const noexcept {
  if (session_ == nullptr) return writer_.bytes();
  return writer_.bytes() + std::min(output_bytes_, session_->output().size());
}

std::string Exchange::peer() const {
  return session_ != nullptr ? "the server at " + session_->address() : std::string("the server");
}

void Exchange::begin_block() {
  if (block_.size > 0) block_ = HeaderBlock{};
}

bool Exchange::not_grpc() {
  const std::string type =
      block_.content_type.empty() ? "none" : core::printable(block_.content_type, core::limits::foreign_name);
  const StatusCode code = status_of_http(block_.http_status);
  Status status{
      code, peer() + " is not gRPC (content-type " + type + ", HTTP status " + std::to_string(block_.http_status) + ")",
      code == StatusCode::unavailable ? Failure::none : Failure::protocol};
  end(std::move(status), Verdict::by_bytes);
  return false;
}

bool Exchange::take_block(bool end_of_stream) {
  if (block_.size > max_header_block) {
    end({StatusCode::internal, peer() + " sent more than 64 KiB of headers", Failure::protocol}, Verdict::by_bytes);
    return false;
  }
  if (initial_seen_) {
    if (end_of_stream) end_with_block();
    return true;
  }
  if (block_.http_status >= 100 && block_.http_status < 200 && !end_of_stream) return true;
  if (block_.has_grpc_status && end_of_stream) {  // trailers only
    end_with_block();
    return true;
  }
  if (block_.http_status != 200 || !block_.grpc_content) return not_grpc();
  initial_seen_ = true;
  if (end_of_stream) {
    take_end_of_stream();
  } else {
    on_initial_metadata(std::move(block_.metadata));
  }
  return true;
}

bool Exchange::take_data(std::string_view bytes, std::size_t limit) {
  std::string message;
  for (;;) {
    switch (reader_.next(bytes, message, {limit, pieces_above_})) {
      case MessageReader::Event::need_more:
        return true;
      case MessageReader::Event::piece:
        on_piece(std::move(message), reader_.left());
        break;
      case MessageReader::Event::message:
        ++answers_;
        if (single_answer() && answers_ > 1) {
          end({StatusCode::internal, peer() + " sent more than one answer to a unary call", Failure::protocol},
              Verdict::by_bytes);
          return false;
        }
        on_message(std::move(message));
        break;
      case MessageReader::Event::compressed:
        end({StatusCode::internal, peer() + " sent a compressed message, though no compression was offered",
             Failure::protocol},
            Verdict::by_bytes);
        return false;
      case MessageReader::Event::too_large:
        end({StatusCode::resource_exhausted,
             peer() + " sent a message of " + std::to_string(reader_.length()) + " bytes; the limit is " +
                 std::to_string(limit) + " bytes (max_answer_size)",
             Failure::answer_too_large},
            Verdict::by_bytes);
        return false;
    }
  }
}

void Exchange::end_with_block() {
  if (!block_.has_grpc_status) {
    take_end_of_stream();
    return;
  }
  end_with_status(block_.grpc_status, std::move(block_.grpc_message));
}

void Exchange::end_with_status(StatusCode code, std::string message) {
  if (code != StatusCode::ok) {
    end({code, std::move(message), Failure::none}, leaves_doubt(code) ? Verdict::by_bytes : Verdict::answered);
  } else if (reader_.inside()) {
    end({StatusCode::internal, peer() + " ended its answer within a message", Failure::protocol}, Verdict::by_bytes);
  } else if (single_answer() && answers_ == 0) {
    end({StatusCode::internal, peer() + " sent no answer to a unary call, yet the status OK", Failure::protocol},
        Verdict::by_bytes);
  } else {
    end({code, std::move(message), Failure::none}, Verdict::answered);
  }
}

void Exchange::take_end_of_stream() {
  end({StatusCode::internal, peer() + " ended its answer without a grpc-status", Failure::protocol}, Verdict::by_bytes);
}

void Exchange::take_reset(std::uint32_t error_code) {
  constexpr std::uint32_t refused_stream = 0x7;
  if (error_code == refused_stream && !initial_seen_) {
    take_refusal(peer() + " refused the request (REFUSED_STREAM)");
    return;
  }
  end({status_of_reset(error_code), peer() + " reset the stream with " + std::string(name_of_reset(error_code)),
       Failure::none},
      Verdict::by_bytes);
}

void Exchange::take_refusal(std::string why) {
  end({StatusCode::unavailable, std::move(why), Failure::none}, initial_seen_ ? Verdict::by_bytes : Verdict::refused);
}

void Exchange::end_unsent(Status status) { end(std::move(status), Verdict::by_bytes); }

void Exchange::end(Status status, Verdict verdict) {
  if (ended_) return;
  final_gone_ = gone_messages();
  switch (verdict) {
    case Verdict::by_bytes:
      final_delivery_ = delivery();
      break;
    case Verdict::refused:
      final_delivery_ = Delivery::refused;
      break;
    case Verdict::answered:
      final_delivery_ = Delivery::answered;
      break;
  }
  ended_ = true;
  if (session_ != nullptr) session_->forget(*this);
  writer_.clear();
  on_ended({std::move(status), final_delivery_, std::move(block_.metadata)});
}

}  // namespace tikv::rpc
