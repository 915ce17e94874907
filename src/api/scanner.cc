#include "tikv/scanner.h"

#include "api/or_out_of_memory.h"
#include "api/scanner_core.h"

namespace tikv {
inline namespace v0 {

namespace {

using Core = std::shared_ptr<detail::ScannerCore>;

Error moved_away() { return {ErrorKind::client_closed, "this scanner was moved away"}; }

Task<std::vector<KeyValue>> page_task(Core core) {
  if (!core) co_return moved_away();
  std::vector<KeyValue> rest = core->take_page();
  if (!rest.empty()) co_return std::move(rest);
  co_return co_await core->load();
}

Task<std::optional<KeyValue>> pair_task(Core core) {
  if (!core) co_return moved_away();
  std::optional<KeyValue> pair = core->take_pair();
  if (!pair) {
    std::vector<KeyValue> page = co_await ok(core->load());
    core->set_page(std::move(page));
    pair = core->take_pair();
  }
  co_return std::move(pair);
}

void log_untold(const detail::ScannerCore& core) {
  if (core.failure_was_told || !core.failure || !core.client()) return;
  core.client()->warn("raw_scan", "a scanner broke off and nobody asked for its result(): " + core.failure->message());
}

}  // namespace

AsyncScanner::AsyncScanner(Core core) : core_(std::move(core)) {}
AsyncScanner::AsyncScanner(AsyncScanner&&) noexcept = default;
AsyncScanner& AsyncScanner::operator=(AsyncScanner&& other) noexcept {
  if (this == &other) return *this;
  if (core_) core_->abandon();
  core_ = std::move(other.core_);
  return *this;
}
AsyncScanner::~AsyncScanner() {
  if (core_) core_->abandon();
}

Task<std::vector<KeyValue>> AsyncScanner::next_page() { return page_task(core_); }
Task<std::optional<KeyValue>> AsyncScanner::next() { return pair_task(core_); }

Scanner::Scanner(AsyncScanner scanner) : scanner_(std::move(scanner)) {}
Scanner::Scanner(Scanner&&) noexcept = default;
Scanner& Scanner::operator=(Scanner&& other) noexcept {
  if (this == &other) return *this;
  if (scanner_.core_) log_untold(*scanner_.core_);
  scanner_ = std::move(other.scanner_);
  return *this;
}
Scanner::~Scanner() {
  if (scanner_.core_) log_untold(*scanner_.core_);
}

std::optional<KeyValue> Scanner::next() {
  if (!scanner_.core_) return std::nullopt;
  detail::ScannerCore& core = *scanner_.core_;
  if (std::optional<KeyValue> pair = core.take_pair()) return pair;  // no need to bother the loop
  core.failure.reset();
  Result<std::optional<KeyValue>> pair =
      detail::or_out_of_memory([&] { return detail::run_blocking(core.client(), scanner_.next()); });
  if (pair) return *std::move(pair);
  core.failure = pair.error();
  core.failure_was_told = false;
  return std::nullopt;
}

Result<std::vector<KeyValue>> Scanner::next_page() {
  if (!scanner_.core_) return moved_away();
  scanner_.core_->failure.reset();
  return detail::or_out_of_memory([&] { return detail::run_blocking(scanner_.core_->client(), scanner_.next_page()); });
}

Result<void> Scanner::result() const {
  if (!scanner_.core_) return moved_away();
  scanner_.core_->failure_was_told = true;
  if (scanner_.core_->failure) return *scanner_.core_->failure;
  return {};
}

}  // namespace v0
}  // namespace tikv
