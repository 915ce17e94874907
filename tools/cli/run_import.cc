#include <cstdio>
#include <ostream>

#include "input_file.h"
#include "json_text.h"
#include "progress.h"
#include "transfer.h"

namespace tikv::cli {

namespace {

/// Where the checkpoint of this import is; empty: it has none.
Result<std::string> checkpoint_path(const ImportArguments& arguments, const InputFile& input) {
  if (arguments.no_checkpoint) return std::string();
  if (input.size()) {
    return arguments.checkpoint.empty() ? arguments.transfer.file + ".tikv-checkpoint" : arguments.checkpoint;
  }
  if (arguments.checkpoint.empty()) return std::string();
  return Error(ErrorKind::invalid_argument, "what is no file cannot be read again: an import of it has no checkpoint");
}

ImportIdentity identity_of(const ImportArguments& arguments, const RecordFormat& format, const InputFile& input,
                           const Session& session, std::uint64_t cluster) {
  std::string settings = std::string(name_of(format.file)) + ' ' + std::string(name_of(format.key)) + ' ' +
                         std::string(name_of(format.value)) + " header=" + (arguments.header ? "1" : "0") +
                         " ttl=" + std::to_string(arguments.ttl) +
                         " cf=" + std::to_string(static_cast<int>(arguments.transfer.family)) +
                         " api=" + std::string(to_string(session.options().api_version)) +
                         " cluster=" + std::to_string(cluster) + " keyspace=" + session.options().keyspace;
  return {input.identity(), std::move(settings)};
}

/// Where to begin: at the checkpoint, if there is one and it is of this import.
Result<ImportPosition> begin_at(const std::string& path, bool restart, const ImportIdentity& identity) {
  if (path.empty() || restart) return ImportPosition();
  const Result<std::optional<Checkpoint>> found = read_checkpoint(path);
  if (!found) return found.error();
  if (!*found) return ImportPosition();
  const Checkpoint& checkpoint = **found;
  if (checkpoint.identity == identity) return checkpoint.position;
  const bool input_changed = checkpoint.identity.input != identity.input;
  const std::string& was = input_changed ? checkpoint.identity.input : checkpoint.identity.settings;
  const std::string& is = input_changed ? identity.input : identity.settings;
  return local_failure("the checkpoint " + path +
                       " is of another import: " + (input_changed ? "the file was (" : "it was (") + was +
                       ") and is (" + is + "); --restart begins anew");
}

ImportSettings settings_of(Context& context, const ImportArguments& arguments, const RecordFormat& format) {
  ImportSettings settings;
  settings.format = format;
  settings.api = context.session.options().api_version;
  settings.write.cancel = &context.cancel;
  settings.write.ttl = std::chrono::seconds(arguments.ttl);
  settings.write.column_family = arguments.transfer.family;
  settings.batch_pairs = arguments.batch;
  settings.parallel = arguments.parallel;
  settings.max_bad = arguments.max_bad;
  settings.skip_header = arguments.header;
  return settings;
}

RecordReader reader_of(const InputFile& input, const RecordFormat& format, const ImportPosition& begin,
                       const CancelScope& cancel) {
  RecordReader::Limits limits;
  limits.quoted = format.file == FileFormat::csv;
  limits.skip_mark = format.file != FileFormat::tsv || format.key != ByteFormat::plain;
  return {input.source(cancel), limits, begin.offset, begin.line};
}

Amounts amounts_of(const ImportPosition& position, const InputFile& input) {
  Amounts amounts{position.pairs, position.bytes, position.bad, {}};
  if (input.size() && *input.size() > 0) {
    amounts.fraction = static_cast<double>(position.offset) / static_cast<double>(*input.size());
  }
  return amounts;
}

void print_end(const Context& context, const ImportPosition& begin, const ImportPosition& end,
               std::chrono::duration<double> took, bool complete) {
  if (context.output.json) {
    JsonObject object;
    object.add("complete", complete);
    object.add("pairs", end.pairs);
    object.add("bytes", end.bytes);
    object.add("bad_lines", end.bad);
    object.add("resumed_after_line", begin.line);
    object.member("seconds", std::to_string(took.count()));
    context.out << object.text() << '\n';
    return;
  }
  const std::string words = complete ? "imported " : "stopped; imported ";
  context.note(words + line_text({end.pairs, end.bytes, end.bad, {}}, {begin.pairs, begin.bytes, begin.bad, {}}, took) +
               (complete ? "" : "; the same command goes on after line " + std::to_string(end.line)));
}

}  // namespace

Result<ExitCode> run_import(Context& context, const ImportArguments& arguments) {
  const Result<RecordFormat> format = arguments.transfer.record_format(context.output);
  if (!format) return format.error();
  if (Result<void> free = context.check_input(arguments.transfer.file); !free) return free.error();
  const Result<InputFile> input = InputFile::open(arguments.transfer.file);
  if (!input) return input.error();
  const Result<std::string> path = checkpoint_path(arguments, *input);
  if (!path) return path.error();
  if (arguments.checkpoint.empty() && !path->empty()) {
    if (Result<void> locked = input->lock(); !locked) return locked.error();
  }
  const Result<const RawClient*> client = context.session.client(context.cancel);
  if (!client) return client.error();
  const ImportIdentity identity = identity_of(arguments, *format, *input, context.session, (*client)->cluster_id());
  const Result<ImportPosition> begin = begin_at(*path, arguments.restart, identity);
  if (!begin) return begin.error();
  if (begin->offset > 0) {
    context.note("going on after line " + std::to_string(begin->line) + ", as " + *path + " says");
    if (Result<void> there = input->seek(begin->offset); !there) return there.error();
  }

  Progress progress(Progress::suitable(context.output.quiet), "importing", amounts_of(*begin, *input));
  Result<BadLines> bad_lines = BadLines::open(arguments.bad_lines, begin->bad_bytes, [&](const std::string& words) {
    progress.clear();
    context.note(words);
  });
  if (!bad_lines) return bad_lines.error();
  RecordReader reader = reader_of(*input, *format, *begin, context.cancel);
  Importer importer(**client, settings_of(context, arguments, *format), *begin,
                    {[&](const ImportPosition& through) {
                       const bool begun = through.offset > 0;
                       return path->empty() || !begun ? Result<void>() : write_checkpoint(*path, {identity, through});
                     },
                     [&](const ImportPosition& through) { progress.update(amounts_of(through, *input)); }});
  const Result<void> done = importer.run(reader, *bad_lines);
  const ImportPosition end = importer.acknowledged();
  if (done) {
    progress.finish(amounts_of(end, *input));
    if (!path->empty()) std::remove(path->c_str());
  } else {
    progress.clear();
  }
  const bool can_go_on = !path->empty();
  if (done || can_go_on) print_end(context, *begin, end, progress.elapsed(), done.has_value());
  return done ? Result<ExitCode>(ExitCode::done) : Result<ExitCode>(done.error());
}

}  // namespace tikv::cli
