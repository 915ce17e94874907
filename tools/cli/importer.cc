#include "importer.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "api/argument_checks.h"
#include "exit_code.h"

namespace tikv::cli {

namespace {

/// Below what a store takes in one request, and enough to make the way worth while.
constexpr std::size_t batch_bytes = std::size_t{1} << 20;
constexpr auto checkpoint_interval = std::chrono::milliseconds(500);
constexpr auto look_interval = std::chrono::milliseconds(100);

Error bad(std::string text) { return {ErrorKind::invalid_argument, std::move(text)}; }

}  // namespace

Importer::Importer(const RawClient& client, ImportSettings settings, ImportPosition begin, Listener listener)
    : client_(client),
      settings_(settings),
      listener_(std::move(listener)),
      read_(begin),
      told_(std::chrono::steady_clock::now()),
      acknowledgements_(begin) {}

ImportPosition Importer::acknowledged() const {
  const std::lock_guard lock(mutex_);
  return acknowledgements_.through();
}

Result<void> Importer::run(RecordReader& reader, BadLines& bad_lines) {
  Result<void> done = read_all(reader, bad_lines);
  // What was read before a bad line is as good as the rest. Interrupted, nothing more is sent.
  if (done || met_bad_line_) {
    if (Result<void> sent = send(); !sent && done) done = sent;
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return on_their_way_.empty(); });
  if (failure_) done = *failure_;
  Result<void> told = tell(lock, true);
  return done ? told : done;
}

Result<void> Importer::read_all(RecordReader& reader, BadLines& bad_lines) {
  for (;;) {
    const bool header = settings_.skip_header && reader.offset() == 0;
    const Result<std::optional<RecordReader::Raw>> raw = reader.next();
    if (!raw) return raw.error();
    if (!*raw) return {};
    if (header) continue;
    if (Result<void> taken = take(**raw, reader, bad_lines); !taken) return taken;
    const bool full = batch_.pairs.size() >= settings_.batch_pairs || batch_.bytes >= batch_bytes;
    if (!full) continue;
    if (Result<void> sent = send(); !sent) return sent;
  }
}

Result<KeyValueTtl> Importer::pair_of(const RecordReader::Raw& raw) const {
  if (raw.too_long) return bad("longer than a record can be; perhaps a quote is not closed");
  Result<Record> record = parse_record(settings_.format, raw.text);
  if (!record) return record.error();
  Result<void> checked = api::check_key(settings_.api, record->key);
  if (checked) checked = api::check_value(settings_.api, record->key, record->value);
  const std::chrono::seconds ttl = record->ttl.value_or(settings_.write.ttl);
  if (checked) checked = api::check_ttl(ttl);
  if (!checked) return checked.error();
  return KeyValueTtl{std::move(record->key), std::move(record->value), ttl};
}

Result<void> Importer::take(const RecordReader::Raw& raw, const RecordReader& reader, BadLines& bad_lines) {
  Result<KeyValueTtl> pair = pair_of(raw);
  if (!pair) {
    if (Result<void> told = bad_lines.add(raw.line, pair.error().message(), raw.text); !told) return told;
    if (read_.bad >= settings_.max_bad) {
      met_bad_line_ = true;
      return local_failure("line " + std::to_string(raw.line) + " is bad: " + pair.error().message() +
                           (settings_.max_bad == 0 ? "" : " (one more than --max-bad allows)") +
                           "; everything before it was imported, and --max-bad N leaves up to N such lines out");
    }
    read_.bad += 1;
    read_.bad_bytes = bad_lines.bytes();
  } else {
    const std::size_t size = pair->key.size() + pair->value.size();
    read_.pairs += 1;
    read_.bytes += size;
    batch_.bytes += size;
    batch_.pairs.push_back(*std::move(pair));
  }
  read_.offset = reader.offset();
  read_.line = reader.line();
  return {};
}

/// Batches that run side by side may be done in any order: two with the same key must not.
bool Importer::room_for(const std::vector<std::size_t>& keys) const {
  return on_their_way_.size() < settings_.parallel &&
         std::none_of(keys.begin(), keys.end(), [this](std::size_t key) { return keys_.contains(key); });
}

Result<void> Importer::send() {
  std::vector<std::size_t> keys;
  for (const KeyValueTtl& pair : batch_.pairs) keys.push_back(std::hash<std::string>()(pair.key));
  if (Result<void> ready = wait_until([&] { return room_for(keys); }); !ready) return ready;
  std::vector<KeyValueTtl> pairs = std::move(std::exchange(batch_, {}).pairs);
  std::uint64_t batch = 0;
  {
    const std::lock_guard lock(mutex_);
    batch = acknowledgements_.sent(read_);
    if (pairs.empty()) {  // nothing but bad lines since the last one
      acknowledgements_.acknowledged(batch);
      return {};
    }
    keys_.insert(keys.begin(), keys.end());
    on_their_way_.emplace(batch, std::move(keys));
  }
  WriteOptions options = settings_.write;
  options.ttl = std::chrono::seconds(0);  // each pair has its own
  client_.async().spawn(
      client_.async().batch_put_with_ttl(std::move(pairs), options),
      std::function<void(Result<void>)>([this, batch](const Result<void>& result) { on_answer(batch, result); }));
  return {};
}

void Importer::on_answer(std::uint64_t batch, const Result<void>& result) {
  const std::lock_guard lock(mutex_);
  const auto found = on_their_way_.find(batch);
  for (const std::size_t key : found->second) keys_.erase(keys_.find(key));
  on_their_way_.erase(found);
  if (result) {
    acknowledgements_.acknowledged(batch);
  } else if (!failure_) {
    failure_ = result.error();
  }
  changed_.notify_all();  // under the lock: whoever wakes may destroy this
}

template <class Ready>
Result<void> Importer::wait_until(Ready ready) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (Result<void> told = tell(lock, false); !told) return told;
    if (failure_) return *failure_;
    if (changed_.wait_for(lock, look_interval, [&] { return failure_ || ready(); })) break;
  }
  return failure_ ? Result<void>(*failure_) : Result<void>();
}

Result<void> Importer::tell(std::unique_lock<std::mutex>& lock, bool at_once) {
  const ImportPosition through = acknowledgements_.through();
  lock.unlock();
  listener_.on_progress(through);
  Result<void> result;
  const auto now = std::chrono::steady_clock::now();
  if (at_once || now - told_ >= checkpoint_interval) {
    told_ = now;
    result = listener_.on_checkpoint(through);
  }
  lock.lock();
  return result;
}

}  // namespace tikv::cli
