#include "api/scanner_core.h"

#include <algorithm>
#include <new>
#include <string>

#include "api/breath.h"
#include "core/cancel_state.h"
#include "core/fork.h"
#include "raw/explain.h"

namespace tikv {
inline namespace v0 {
namespace detail {

namespace {

constexpr std::size_t largest_page = 10'240;

Result<void> check(const ScannerOptions& options) {
  if (options.page_size == 0 || options.page_size > largest_page) {
    return Error(ErrorKind::invalid_argument, "raw_scan: the page size is " + std::to_string(options.page_size) +
                                                  "; it must be from 1 to " + std::to_string(largest_page));
  }
  if (options.limit == 0) {
    return Error(ErrorKind::invalid_argument, "raw_scan: the limit is 0; ask for at least one pair");
  }
  return {};
}

}  // namespace

class ScannerCore::Arrival {
 public:
  explicit Arrival(ScannerCore& core) noexcept : core_(core) {}
  Arrival(const Arrival&) = delete;
  Arrival& operator=(const Arrival&) = delete;
  /// Its task may be destroyed while it waits.
  ~Arrival() { core_.waiting_ = nullptr; }

  [[nodiscard]] bool await_ready() const noexcept { return core_.arrived_.has_value(); }
  void await_suspend(std::coroutine_handle<> waiting) noexcept {
    core_.waiting_ = waiting;
    core_.waiting_scope_ = core_.client_->operations().task_scope();
  }
  Page await_resume() {
    Page page = *std::move(core_.arrived_);
    core_.arrived_.reset();
    return page;
  }

 private:
  ScannerCore& core_;
};

ScannerCore::ScannerCore(std::shared_ptr<ClientCore> client, const KeyRange& range, const ScannerOptions& options)
    : client_(std::move(client)),
      fork_generation_(core::fork_generation()),
      settings_(options),
      state_(range, options.reverse, options.key_only),
      left_(options.limit),
      checked_(check(options)) {
  state_.set_largest_page(options.page_size);
  // The caller's scope ends the scanner's own, which also ends when the scanner goes.
  if (settings_.cancel) {
    callers_cancel_ = std::make_shared<CancelListener>([own = abandoned_.state()] { own->cancel(); });
    if (!settings_.cancel->listen(callers_cancel_)) abandoned_.cancel();
  }
  settings_.cancel = abandoned_.state();
}

ScannerCore::~ScannerCore() {
  const bool forked = core::fork_generation() != fork_generation_;  // then a lock may be held for ever
  if (callers_cancel_ && !forked) callers_cancel_->end();
  ClientCore::let_go(std::move(client_));
}

void ScannerCore::abandon() {
  if (core::fork_generation() == fork_generation_) abandoned_.cancel();
}

Result<void> ScannerCore::usable() const {
  if (!client_) return Error(ErrorKind::client_closed, "the client of this scanner was moved away");
  if (Result<void> can = client_->admit(settings_); !can) return can;
  if (waiting_) {
    return Error(ErrorKind::invalid_argument,
                 "the scanner is asked for a page while it still waits for another; await one at a time");
  }
  return checked_;
}

Task<std::vector<KeyValue>> ScannerCore::load() {
  if (Result<void> can = usable(); !can) {
    if (client_ && client_->loop().is_current()) co_await Breath(client_->loop(), client_->operations());
    co_return can.error();
  }
  const std::shared_ptr<ScannerCore> self = shared_from_this();  // the scanner may go meanwhile
  if (!arrived_ && !fetching_) {
    if (at_end()) co_return std::vector<KeyValue>();
    fetch();
  }
  Page page = co_await Arrival(*this);
  if (page && !page->empty() && !at_end()) fetch_ahead();
  co_return std::move(page);
}

void ScannerCore::fetch() {
  auto done = [self = shared_from_this()](Page page, const std::exception_ptr&) { self->arrive(std::move(page)); };
  auto root = std::make_unique<Root<std::vector<KeyValue>>>(fetch_page(shared_from_this()), std::move(done));
  fetching_ = true;  // from here on `arrive` comes
  client_->submit(std::move(root), client_->operations().task_scope());
}

// The page at hand does not get lost if there is no memory to ask for the next one: that is asked for later.
void ScannerCore::fetch_ahead() noexcept {
  try {
    fetch();
  } catch (const std::bad_alloc&) {
  }
}

void ScannerCore::arrive(Page page) {
  fetching_ = false;
  arrived_.emplace(std::move(page));
  if (!waiting_) return;
  // It goes on as part of its own task, whichever task has begun to fetch this page.
  const core::TaskScope running(client_->operations(), std::exchange(waiting_scope_, nullptr));
  std::exchange(waiting_, nullptr).resume();
}

Task<std::vector<KeyValue>> ScannerCore::fetch_page(std::shared_ptr<ScannerCore> self) {
  ClientCore& client = *self->client_;
  core::Operation operation(client.loop(), client.observer(), client.operations(),
                            client.start("raw_scan", self->settings_));
  try {
    Page page = co_await client.raw().scan_page(operation, self->settings_.context, self->state_, self->left_);
    if (!page) page = raw::explain(operation, page.error(), client.options().api_version);
    operation.note_result(page);
    if (page && self->left_ != ScannerOptions::all) self->left_ -= std::min(self->left_, page->size());
    co_return std::move(page);
  } catch (const std::bad_alloc&) {
    // Pairs were lost behind the place that the scan has come to: it must not go on from there.
    const Error no_memory = out_of_memory(false);
    self->checked_ = no_memory;
    operation.note_end(&no_memory);
    co_return no_memory;
  }
}

std::optional<KeyValue> ScannerCore::take_pair() {
  if (position_ >= page_.size()) return std::nullopt;
  return std::move(page_[position_++]);
}

std::vector<KeyValue> ScannerCore::take_page() {
  page_.erase(page_.begin(), page_.begin() + static_cast<std::ptrdiff_t>(position_));
  position_ = 0;
  return std::exchange(page_, {});
}

void ScannerCore::set_page(std::vector<KeyValue> page) {
  page_ = std::move(page);
  position_ = 0;
}

}  // namespace detail
}  // namespace v0
}  // namespace tikv
