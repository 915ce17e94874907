#include "rpc/tls_source.h"

#include <sys/stat.h>

#include <chrono>
#include <utility>

namespace tikv::rpc {
namespace {

constexpr core::Duration between_looks = std::chrono::seconds(1);

}  // namespace

Result<std::unique_ptr<TlsSource>> TlsSource::make(core::Loop& loop, TlsOptions options,
                                                   std::shared_ptr<Observer> observer) {
  std::unique_ptr<TlsSource> source(new TlsSource(loop, std::move(options), std::move(observer)));
  auto context = TlsContext::make(source->options_);
  if (!context) return context.error();
  source->context_ = *std::move(context);
  return source;
}

// The stamps are taken before the files are read, always: what is written meanwhile is seen next time.
TlsSource::TlsSource(core::Loop& loop, TlsOptions options, std::shared_ptr<Observer> observer)
    : loop_(loop),
      options_(std::move(options)),
      observer_(std::move(observer)),
      seen_(stamps()),
      next_look_(loop.now() + between_looks) {}

TlsSource::Stamp TlsSource::stamp_of(const std::string& file) {
  struct stat found {};
  if (file.empty() || ::stat(file.c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec};
}

TlsSource::Stamps TlsSource::stamps() const {
  return {stamp_of(options_.ca_file), stamp_of(options_.certificate_file), stamp_of(options_.key_file)};
}

std::shared_ptr<const TlsContext> TlsSource::context() {
  if (loop_.now() < next_look_) return context_;
  next_look_ = loop_.now() + between_looks;
  const Stamps now = stamps();
  const bool changed = now != seen_;
  // A second write within one tick of the file system's clock leaves no trace: what was new at the
  // last look is read once more.
  if (!changed && !once_more_) return context_;
  seen_ = now;
  once_more_ = changed;
  if (changed) complaint_.clear();
  read_anew();
  return context_;
}

void TlsSource::read_anew() {
  const bool told = !complaint_.empty();
  auto context = TlsContext::make(options_);
  if (!context) {
    once_more_ = true;  // it may be for want of descriptors, and the files are whole
    if (context.error().message() == complaint_) return;
    complaint_ = context.error().message();
    log(LogLevel::warning, complaint_ + "; new connections go on with the files as they were before");
    return;
  }
  complaint_.clear();
  context_ = *std::move(context);
  if (once_more_ || told) log(LogLevel::info, "TLS: the files have changed; new connections use them");
}

void TlsSource::log(LogLevel level, const std::string& message) const {
  if (observer_ == nullptr || level < observer_->log_level()) return;
  LogRecord record;
  record.level = level;
  record.message = message;
  observer_->log(record);
}

}  // namespace tikv::rpc
