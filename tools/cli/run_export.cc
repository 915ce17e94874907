#include <algorithm>
#include <ostream>

#include "json_text.h"
#include "output_file.h"
#include "progress.h"
#include "transfer.h"

namespace tikv::cli {

namespace {

/// How far into a range a key is, by the regions that are behind it.
class Extent {
 public:
  Extent(Session& session, const KeyRange& range, CancelScope& cancel) {
    constexpr std::size_t enough = 100'000;
    const Result<std::vector<pd::RegionInfo>> regions = session.regions(range, enough, cancel);
    if (!regions) return;  // it is for the progress bar alone
    for (const pd::RegionInfo& region : *regions) starts_.push_back(region.meta.start_key);
  }
  [[nodiscard]] std::optional<double> before(const std::string& key) const {
    if (starts_.empty()) return std::nullopt;
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), key);
    const auto behind = std::max<std::ptrdiff_t>(after - starts_.begin() - 1, 0);
    return static_cast<double>(behind) / static_cast<double>(starts_.size());
  }

 private:
  std::vector<std::string> starts_;
};

Result<void> write_page(const RecordFormat& format, const std::vector<KeyValue>& page, OutputFile& output,
                        Amounts& amounts) {
  std::string text;
  for (const KeyValue& pair : page) {
    const Result<std::string> record = format_record(format, pair);
    if (!record) return record.error().with_context("key " + encode(ByteFormat::printable, pair.key));
    text += *record;
    amounts.pairs += 1;
    amounts.bytes += pair.key.size() + pair.value.size();
  }
  return output.write(text);
}

void print_end(const Context& context, const ExportArguments& arguments, const Amounts& amounts,
               std::chrono::duration<double> took) {
  if (context.output.json && arguments.transfer.file != "-") {
    JsonObject object;
    object.add("pairs", amounts.pairs);
    object.add("bytes", amounts.bytes);
    object.member("seconds", std::to_string(took.count()));
    context.out << object.text() << '\n';
    return;
  }
  Amounts whole = amounts;
  whole.fraction.reset();
  context.note("exported " + line_text(whole, {}, took));
}

}  // namespace

Result<ExitCode> run_export(Context& context, const ExportArguments& arguments) {
  const Result<RecordFormat> format = arguments.transfer.record_format(context.output);
  if (!format) return format.error();
  const Result<KeyRange> range = arguments.range.range(context);
  if (!range) return range.error();
  const Result<const RawClient*> client = context.session.client(context.cancel);
  if (!client) return client.error();
  Result<OutputFile> output = OutputFile::create(arguments.transfer.file);
  if (!output) return output.error();

  const Extent extent(context.session, *range, context.cancel);
  Progress progress(Progress::suitable(context.output.quiet), "exporting", {});
  ScannerOptions options;
  options.cancel = &context.cancel;
  options.column_family = arguments.transfer.family;
  Scanner scanner = (*client)->scanner(*range, options);
  Amounts amounts;
  for (;;) {
    const Result<std::vector<KeyValue>> page = scanner.next_page();
    if (!page) return page.error();
    if (page->empty()) break;
    if (Result<void> written = write_page(*format, *page, *output, amounts); !written) return written.error();
    amounts.fraction = extent.before(page->back().key);
    progress.update(amounts);
  }
  if (Result<void> finished = output->finish(); !finished) return finished.error();
  amounts.fraction = 1;
  progress.finish(amounts);
  print_end(context, arguments, amounts, progress.elapsed());
  return ExitCode::done;
}

}  // namespace tikv::cli
