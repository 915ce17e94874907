#include "support/rpc/sim_byte_stream.h"

#include <algorithm>
#include <utility>

namespace tikv::rpc::sim {
namespace {

using Progress = ByteStream::Progress;

}  // namespace

void SimLink::later(void (SimLink::*step)()) {
  loop_.run_after(plan.delay, [weak = weak_from_this(), step] {
    if (const auto self = weak.lock()) ((*self).*step)();
  });
}

void SimLink::open() {
  if (client_gone || handler_ == nullptr) return;
  if (plan.connecting == LinkPlan::Connecting::is_refused || peer == nullptr) {
    std::exchange(handler_, nullptr)->on_connect_failed("connection refused");
    return;
  }
  open_ = true;
  peer->on_open();
  handler_->on_connected();
  if (!client_gone && plan.delivers == 0) deliver_to_peer();
  if (!client_gone && plan.to_server_after == 0) break_now(plan.to_server);
  if (!client_gone && plan.to_client_after == 0) break_now(plan.to_client);
}

void SimLink::break_now(Breakage breakage) {
  switch (breakage) {
    case Breakage::none:
      return;
    case Breakage::stall:
      stalled_ = true;
      return;
    case Breakage::close:
      end_to_client(Progress::closed, {});
      return;
    case Breakage::fail:
      end_to_client(Progress::failed, "connection reset by peer");
      return;
  }
}

void SimLink::end_to_client(Progress how, std::string reason) {
  if (broken_) return;
  broken_ = true;
  end_ = how;
  end_reason_ = std::move(reason);
  // Told in a later turn, as the kernel would.
  loop_.post([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr || self->client_gone) return;
    if (std::exchange(self->reader_waits_, false)) self->handler_->on_readable();
    if (!self->client_gone && std::exchange(self->writer_waits_, false)) self->handler_->on_writable();
  });
}

void SimLink::answer(std::string_view bytes) {
  answered.append(bytes);
  if (!to_client_scheduled_) {
    to_client_scheduled_ = true;
    later(&SimLink::deliver_to_client);
  }
}

void SimLink::close_by_peer() {
  peer_closed_ = true;
  later(&SimLink::deliver_to_client);
}

void SimLink::fail_by_peer(std::string reason) { end_to_client(Progress::failed, std::move(reason)); }

void SimLink::thaw() {
  frozen_ = false;
  later(&SimLink::deliver_to_peer);
  later(&SimLink::deliver_to_client);
}

void SimLink::deliver_to_client() {
  to_client_scheduled_ = false;
  if (client_gone || !open_ || broken_ || stalled_ || frozen_) return;
  const std::size_t limit = std::min(answered.size(), plan.to_client_after);
  const std::size_t now = std::min(plan.chunk, limit - arrived);
  arrived += now;
  if (arrived == plan.to_client_after && plan.to_client != Breakage::none) {
    break_now(plan.to_client);
  } else if (arrived < limit) {
    to_client_scheduled_ = true;
    later(&SimLink::deliver_to_client);
  } else if (peer_closed_) {
    end_to_client(Progress::closed, {});
  }
  if (now > 0 && std::exchange(reader_waits_, false)) handler_->on_readable();
}

void SimLink::deliver_to_peer() {
  to_peer_scheduled_ = false;
  if (!open_ || frozen_) return;
  const std::size_t limit = std::min(sent.size(), plan.delivers);
  const std::size_t now = std::min(plan.chunk, limit - delivered);
  const std::string bytes = sent.substr(delivered, now);
  delivered += now;
  if (delivered == plan.delivers) {
    end_to_client(Progress::failed, "connection reset by peer");
  } else if (delivered < limit) {
    to_peer_scheduled_ = true;
    later(&SimLink::deliver_to_peer);
  }
  if (!bytes.empty() && peer != nullptr) peer->on_bytes(bytes);
  if (!client_gone && !stalled_ && std::exchange(writer_waits_, false)) handler_->on_writable();
}

SimByteStream::~SimByteStream() {
  link_->client_gone = true;
  link_->handler_ = nullptr;
  link_->loop_.run_after(link_->plan.delay, [weak = std::weak_ptr<SimLink>(link_)] {
    if (const auto link = weak.lock(); link != nullptr && link->peer != nullptr) link->peer->on_closed();
  });
}

void SimByteStream::start(Handler& handler) {
  link_->handler_ = &handler;
  if (link_->plan.connecting != LinkPlan::Connecting::hangs) link_->later(&SimLink::open);
}

ByteStream::Outcome SimByteStream::read(std::span<char> buffer) {
  SimLink& link = *link_;
  const std::size_t count = std::min(buffer.size(), link.arrived - link.read);
  if (count > 0) {
    link.answered.copy(buffer.data(), count, link.read);
    link.read += count;
    return {Progress::moved, count, {}};
  }
  if (link.broken_) return {link.end_, 0, link.end_reason_};
  link.reader_waits_ = true;
  return {Progress::would_block, 0, {}};
}

ByteStream::Outcome SimByteStream::write(std::span<const char> bytes) {
  SimLink& link = *link_;
  if (link.broken_) return {Progress::failed, 0, "broken pipe"};
  const std::size_t room = link.plan.buffer - std::min(link.plan.buffer, link.sent.size() - link.delivered);
  const std::size_t until_break = link.plan.to_server_after - link.sent.size();
  const std::size_t count = link.stalled_ ? 0 : std::min({bytes.size(), link.plan.write_chunk, room, until_break});
  if (count == 0) {
    link.writer_waits_ = true;
    return {Progress::would_block, 0, {}};
  }
  link.sent.append(bytes.data(), count);
  link.writes.push_back(count);
  if (link.sent.size() == link.plan.to_server_after) link.break_now(link.plan.to_server);
  if (!link.to_peer_scheduled_) {
    link.to_peer_scheduled_ = true;
    link.later(&SimLink::deliver_to_peer);
  }
  return {Progress::moved, count, {}};
}

std::size_t SimByteStream::bytes_released() const noexcept {
  return link_->sent.size() - std::min(link_->sent.size(), link_->plan.unreleased);
}

void SimConnector::freeze(const std::string& address) {
  frozen_.insert(address);
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (addresses_[i] == address) links[i]->freeze();
  }
}

void SimConnector::thaw(const std::string& address) {
  frozen_.erase(address);
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (addresses_[i] == address) links[i]->thaw();
  }
}

void SimConnector::cut_all() {
  for (const auto& link : links) link->freeze();
}

std::unique_ptr<ByteStream> SimConnector::connect(std::string_view address) {
  LinkPlan chosen = plan;
  if (!next_plans.empty()) {
    chosen = next_plans.front();
    next_plans.erase(next_plans.begin());
  }
  auto link = std::make_shared<SimLink>(loop_, chosen);
  if (const auto found = peers_.find(address); found != peers_.end()) link->peer = found->second(*link);
  if (frozen_.count(address) > 0) link->freeze();
  links.push_back(link);
  addresses_.emplace_back(address);
  attempts.push_back(loop_.now());
  return std::make_unique<SimByteStream>(std::move(link));
}

}  // namespace tikv::rpc::sim
