#include "shell.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <utility>

#include "history_file.h"
#include "line_editor.h"
#include "runner.h"
#include "words.h"

namespace tikv::cli {

namespace {

/// `help raw get` is `raw get --help`.
void change_help(std::vector<std::string>& words) {
  if (words.empty() || words[0] != "help") return;
  words.erase(words.begin());
  words.emplace_back("--help");
}

ExitCode run_line(const ShellSettings& settings, std::vector<std::string> words) {
  change_help(words);
  CommandLine line(CommandLine::Of::shell, settings.output);
  if (const std::optional<ExitCode> ended = line.parse(words)) return *ended;
  return run_action(line, settings.session, settings.interrupts);
}

/// One line; nothing: it was the word to end.
std::optional<ExitCode> run_text(const ShellSettings& settings, const std::string& text) {
  const Result<std::vector<std::string>> words = split_words(text);
  if (!words) {
    report(std::cerr, words.error(), settings.output.json);
    return ExitCode::wrong_usage;
  }
  if (words->empty() || words->front().starts_with('#')) return ExitCode::done;
  if (words->front() == "exit" || words->front() == "quit") return std::nullopt;
  return run_line(settings, *words);
}

std::unique_ptr<LineEditor> make_editor(const ShellSettings& settings, bool terminal) {
  std::unique_ptr<LineEditor> editor;
  if (terminal) {
    editor = make_terminal_editor(settings.interrupts, [](std::string_view line) {
      return complete(CommandLine(CommandLine::Of::shell, {}).app(), line);
    });
  }
  return editor ? std::move(editor) : make_plain_reader(settings.interrupts, terminal);
}

}  // namespace

ExitCode run_shell(const ShellSettings& settings) {
  const bool terminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
  const std::unique_ptr<LineEditor> editor = make_editor(settings, terminal);
  const bool remembers = terminal && settings.keeps_history;
  const HistoryFile history(remembers ? history_path([](const char* name) { return std::getenv(name); })
                                      : std::nullopt);
  for (const std::string& line : history.load()) editor->remember(line);
  if (terminal && !settings.output.quiet) std::cout << "tikv-cli: help lists the commands, Tab completes them\n";
  for (std::string line;;) {
    const LineEditor::End end = editor->read(line);
    if (end == LineEditor::End::end) return ExitCode::done;
    if (end == LineEditor::End::interrupted) {
      if (!terminal) return ExitCode::interrupted;
      continue;
    }
    if (!line.empty() && line.front() != ' ') editor->remember(line);
    history.add(line);
    const std::optional<ExitCode> code = run_text(settings, line);
    if (!code) return ExitCode::done;
    if (!terminal && *code != ExitCode::done) return *code;
  }
}

}  // namespace tikv::cli
