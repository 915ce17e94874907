// raw import, raw export: their options. What they do is in run_import.cc and run_export.cc.
#include <array>
#include <memory>

#include "commands.h"
#include "transfer.h"

namespace tikv::cli {

namespace {

Action declare_import(CLI::App& app) {
  auto arguments = std::make_shared<ImportArguments>();
  app.add_option("file", arguments->transfer.file, "what to read; - is standard input")->required();
  arguments->transfer.declare(app);
  app.add_flag("--header", arguments->header, "the first record is a header: leave it out");
  app.add_option("--checkpoint", arguments->checkpoint, "remembers how far it came (default: FILE.tikv-checkpoint)");
  app.add_flag("--no-checkpoint", arguments->no_checkpoint, "remember nothing");
  app.add_flag("--restart", arguments->restart, "begin anew, whatever a checkpoint says");
  app.add_option("--bad-lines", arguments->bad_lines, "a file that takes what could not be read: line, reason, text");
  add_number(app, "--max-bad", arguments->max_bad, {}, "the most bad lines to leave out; one more ends the import");
  add_ttl(app, arguments->ttl);
  add_number(app, "--batch", arguments->batch, {1, 10240}, "pairs in a batch");
  add_number(app, "--parallel", arguments->parallel, {1, 256}, "batches on their way at a time");
  return [arguments](Context& context) { return run_import(context, *arguments); };
}

Action declare_export(CLI::App& app) {
  auto arguments = std::make_shared<ExportArguments>();
  app.add_option("file", arguments->transfer.file, "what to write; - is standard output")->required();
  arguments->transfer.declare(app);
  arguments->range.declare(app);
  return [arguments](Context& context) { return run_export(context, *arguments); };
}

constexpr std::array<Command, 2> commands{
    {{"raw", "import", "write what a file holds: TSV, CSV or JSON lines", declare_import, true},
     {"raw", "export", "write a range into a file: TSV, CSV or JSON lines", declare_export, true}}};

}  // namespace

void TransferArguments::declare(CLI::App& app) {
  app.add_option("--format", format, "tsv, csv or jsonl (default: by the name of the file)")
      ->check(CLI::IsMember({"tsv", "csv", "jsonl"}));
  add_column_family(app, family);
}

Result<RecordFormat> TransferArguments::record_format(const OutputSettings& output) const {
  const std::optional<FileFormat> file_format = format_of_file(format.empty() ? file : "." + format);
  if (!file_format) {
    return Error(ErrorKind::invalid_argument,
                 "the name '" + file + "' does not tell its format; say --format tsv, csv or jsonl");
  }
  return RecordFormat{*file_format, output.file_key(), output.file_value()};
}

std::span<const Command> transfer_commands() { return commands; }

}  // namespace tikv::cli
