#pragma once

#include <functional>
#include <list>
#include <utility>

#include "core/waits.h"
#include "tikv/task.h"

namespace tikv::core {

/// Lets many operations that need the same thing fetch it once: the first one flies, the others wait
/// for its outcome, each inside its own deadline. If the first is cancelled or runs out of time,
/// that says nothing about the others: one of them flies next. An error is told to each as its own.
class SingleFlight {
 public:
  /// `doing` completes "… while" in an error of a waiting operation.
  Task<void> run(Operation& operation, std::function<Task<void>()> fly, std::string_view doing) {
    while (flying_) {
      Reply<Landing> reply(operation);
      Place place(waiting_, reply);
      std::optional<Landing> landing = co_await reply;
      if (landing) place.was_taken();
      if (!landing) co_return operation.interruption_error(doing);
      if (!landing->conclusive) continue;
      if (!landing->result) co_return operation.tell(landing->result.error());
      co_return {};
    }
    Flight flight(*this);
    Result<void> result = co_await fly();
    flight.land(Landing(result, !operation.interrupted()));
    co_return result;
  }

 private:
  struct Landing {
    Landing(Result<void> outcome, bool is_conclusive) : result(std::move(outcome)), conclusive(is_conclusive) {}
    Result<void> result;
    bool conclusive;
  };
  using WaitingList = std::list<Reply<Landing>*>;

  /// A place among those who wait, given up by whoever is not told.
  class Place {
   public:
    Place(WaitingList& list, Reply<Landing>& reply) : list_(list), place_(list.insert(list.end(), &reply)) {}
    ~Place() {
      if (!taken_) list_.erase(place_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    /// `tell` has taken it off the list.
    void was_taken() noexcept { taken_ = true; }

   private:
    WaitingList& list_;
    WaitingList::iterator place_;
    bool taken_ = false;
  };

  /// The flight ends when its coroutine does, also when that is destroyed half-way.
  class Flight {
   public:
    explicit Flight(SingleFlight& owner) : owner_(owner) { owner_.flying_ = true; }
    ~Flight() { land(Landing({}, false)); }
    Flight(const Flight&) = delete;
    Flight& operator=(const Flight&) = delete;
    void land(const Landing& landing) {
      if (std::exchange(landed_, true)) return;
      owner_.flying_ = false;
      owner_.tell(landing);
    }

   private:
    SingleFlight& owner_;
    bool landed_ = false;
  };

  void tell(const Landing& landing) {
    // Those who are told may queue up again behind a new flight: only the present ones are told.
    for (std::size_t left = waiting_.size(); left > 0 && !waiting_.empty(); --left) {
      Reply<Landing>* reply = waiting_.front();
      waiting_.pop_front();
      reply->set(landing);
    }
  }

  bool flying_ = false;
  WaitingList waiting_;
};

}  // namespace tikv::core
