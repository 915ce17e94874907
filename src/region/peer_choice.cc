#include "region/peer_choice.h"

#include <algorithm>

namespace tikv::region {

void PeerChoice::start_anew(const Region& region) {
  region_ = region.id;
  epoch_ = region.epoch;
  leader_ = current_ = region.leader;
  peers_.clear();
}

void PeerChoice::look_at(const Region& region) {
  if (region.id != region_ || region.epoch != epoch_ || has_other_peers(region)) return start_anew(region);
  if (region.leader == leader_) return;
  leader_ = region.leader;
  if (peers_.empty() || !peers_[leader_].failed) current_ = leader_;
}

bool PeerChoice::has_other_peers(const Region& region) const noexcept {
  if (peers_.empty()) return false;
  return !std::equal(peers_.begin(), peers_.end(), region.peers.begin(), region.peers.end(),
                     [](const Trial& trial, const Peer& peer) { return trial.peer == peer.id; });
}

void PeerChoice::list_peers(const Region& region) {
  if (!peers_.empty()) return;
  for (const Peer& peer : region.peers) peers_.emplace_back().peer = peer.id;
}

void PeerChoice::weigh(const Region& region, const std::vector<Standing>& standings) {
  list_peers(region);
  for (std::size_t i = 0; i < peers_.size(); ++i) peers_[i].standing = standings[i];
  const std::size_t before = current_;
  if (has_asked() || peers_[before].standing < Standing::silent) return;
  if (take_fresh_peer() && peers_[current_].standing >= Standing::silent) current_ = before;
}

bool PeerChoice::has_asked() const noexcept {
  return std::any_of(peers_.begin(), peers_.end(), [](const Trial& peer) { return peer.attempts > 0; });
}

bool PeerChoice::take_fresh_peer() {
  std::size_t best = peers_.size();
  for (std::size_t i = 1; i < peers_.size(); ++i) {
    const std::size_t candidate = (current_ + i) % peers_.size();
    if (peers_[candidate].failed || peers_[candidate].attempts > 0) continue;
    if (best == peers_.size() || peers_[candidate].standing < peers_[best].standing) best = candidate;
  }
  if (best == peers_.size()) return false;
  current_ = best;
  return true;
}

PeerChoice::Step PeerChoice::follow(std::uint64_t leader_store, const Region& region) {
  Step step;
  for (std::size_t i = 0; i < region.peers.size(); ++i) {
    if (region.peers[i].store_id != leader_store) continue;
    // Whoever names a peer that has just failed may not have heard of it yet.
    step.pause = peers_[i].failed;
    step.reload = peers_[i].attempts >= most_attempts;
    leader_ = current_ = i;
    return step;
  }
  step.pause = step.reload = true;
  return step;
}

PeerChoice::Step PeerChoice::after(const Verdict& verdict, const Region& region) {
  list_peers(region);
  Trial& asked = peers_[current_];
  ++asked.attempts;
  asked.busy = verdict.busy ? asked.busy + 1 : 0;

  Step step;
  step.pause = verdict.wait.has_value();
  if (verdict.next == Next::relocate) {
    step.reload = true;
  } else if (verdict.leader_store != 0) {
    step = follow(verdict.leader_store, region);
  } else if (verdict.next == Next::next_peer) {
    asked.failed = true;
    if (take_fresh_peer()) {
      step.pause = false;
    } else {
      step.reload = true;
    }
  } else if (asked.busy == busy_before_others && take_fresh_peer()) {
    step.pause = false;  // a store that is busy for long may have lost the region to another
  } else if (asked.attempts >= most_attempts) {
    step.reload = true;
  }
  if (step.reload) {
    step.pause = true;  // never a loop without a pause
    start_anew(region);
  }
  return step;
}

}  // namespace tikv::region
