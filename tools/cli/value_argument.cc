#include "value_argument.h"

#include "input_file.h"

namespace tikv::cli {

namespace {

/// Twice what any form of the largest value takes: who names a wrong file should not wait for all of it.
constexpr std::size_t most_bytes = std::size_t{32} << 20;

Result<std::string> read_file(const Context& context, const std::string& path) {
  const Result<InputFile> input = InputFile::open(path);
  if (!input) return input.error();
  const ByteSource source = input->source(context.cancel);
  std::string bytes;
  for (;;) {
    constexpr std::size_t piece = std::size_t{256} << 10;
    const std::size_t before = bytes.size();
    bytes.resize(before + piece);
    const Result<std::size_t> count = source(bytes.data() + before, piece);
    bytes.resize(before + (count ? *count : 0));
    if (!count) return count.error();
    if (*count == 0) return bytes;
    if (bytes.size() > most_bytes) {
      return Error(ErrorKind::invalid_argument, path + " has more than 32 MiB, and a value at most 8");
    }
  }
}

/// Takes the word, whatever it is: an empty one is a value.
auto taker(std::optional<std::string>& word) {
  return [&word](const CLI::results_t& words) {
    word = words.back();
    return true;
  };
}

}  // namespace

void ValueArgument::declare_argument(CLI::App& app, const std::string& meaning, const std::string& option) {
  app.add_option("value", CLI::callback_t(taker(word_)), meaning)->type_name("TEXT");
  declare_file(app, option);
}

void ValueArgument::declare_options(CLI::App& app, const std::string& name, const std::string& meaning,
                                    const std::string& option) {
  app.add_option(name, CLI::callback_t(taker(word_)), meaning)->type_name("TEXT");
  declare_file(app, option);
}

void ValueArgument::declare_file(CLI::App& app, const std::string& option) {
  option_ = option;
  app.add_option(option, file_, "a file whose bytes are the value; - is standard input")->type_name("FILE");
}

Result<std::string> ValueArgument::bytes(const Context& context) const {
  if (word_ && !file_.empty()) {
    return Error(ErrorKind::invalid_argument, "the value is said twice: by itself and by " + option_);
  }
  if (word_) return context.value(*word_);
  if (file_.empty()) {
    return Error(ErrorKind::invalid_argument, "the value is missing: it is a word, or " + option_ + " FILE names it");
  }
  if (Result<void> free = context.check_input(file_); !free) return free.error();
  Result<std::string> text = read_file(context, file_);
  if (!text) return text.error();
  Result<std::string> value = decode(context.output.file_value(), *text);
  return value ? std::move(value) : Result<std::string>(value.error().with_context(file_));
}

}  // namespace tikv::cli
