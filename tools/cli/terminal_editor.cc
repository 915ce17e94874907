// Lines by libedit.
#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cwchar>
#include <utility>

#include "line_editor.h"
#include "suspension.h"

namespace tikv::cli {

namespace {

char* prompt(EditLine*) {
  static char text[] = "tikv> ";
  return text;
}

/// The terminal once more, so that reads of it do not wait: Ctrl-C makes it forget what was typed, also after
/// `poll` told of it, and a read that then waits for the next key has missed the interrupt. Not a flag of the
/// descriptor that we were given, which other programs share. Where it has no name that can be opened, as in
/// some containers, it is the same terminal, and such a Ctrl-C needs another key.
int open_again(int terminal) {
  char name[256];
  if (ttyname_r(terminal, name, sizeof name) == 0) {
    const int opened = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (opened >= 0) return opened;
  }
  return fcntl(terminal, F_DUPFD_CLOEXEC, 0);
}

class TerminalEditor final : public LineEditor {
 public:
  TerminalEditor(const Interrupts& interrupts, Completer completer);
  ~TerminalEditor() override;
  TerminalEditor(const TerminalEditor&) = delete;
  TerminalEditor& operator=(const TerminalEditor&) = delete;

  End read(std::string& line) override;
  void remember(const std::string& line) override {
    HistEvent event{};
    history(history_, &event, H_ENTER, line.c_str());
  }

 private:
  static TerminalEditor& of(EditLine* editor);
  static int read_letter(EditLine* editor, wchar_t* letter);
  static unsigned char on_tab(EditLine* editor, int);

  int next_letter(wchar_t& letter);
  void pass_suspension();
  unsigned char complete_here();

  const Interrupts& interrupts_;
  const Suspension* suspension_ = nullptr;  ///< while a line is edited
  Completer completer_;
  EditLine* editor_;
  History* history_;
  int terminal_;
  bool interrupted_ = false;
};

TerminalEditor::TerminalEditor(const Interrupts& interrupts, Completer completer)
    : interrupts_(interrupts),
      completer_(std::move(completer)),
      editor_(el_init("tikv-cli", stdin, stdout, stderr)),
      history_(history_init()),
      terminal_(open_again(STDIN_FILENO)) {
  HistEvent event{};
  history(history_, &event, H_SETSIZE, 1000);
  history(history_, &event, H_SETUNIQUE, 1);
  el_set(editor_, EL_CLIENTDATA, this);
  el_set(editor_, EL_PROMPT, prompt);
  el_set(editor_, EL_EDITOR, "emacs");
  el_set(editor_, EL_HIST, history, history_);
  el_set(editor_, EL_GETCFN, &TerminalEditor::read_letter);
  el_set(editor_, EL_ADDFN, "tikv-complete", "complete the word", &TerminalEditor::on_tab);
  el_set(editor_, EL_BIND, "^I", "tikv-complete", nullptr);
  el_set(editor_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
}

TerminalEditor::~TerminalEditor() {
  el_end(editor_);
  history_end(history_);
  close(terminal_);
}

TerminalEditor& TerminalEditor::of(EditLine* editor) {
  void* self = nullptr;
  el_get(editor, EL_CLIENTDATA, &self);
  return *static_cast<TerminalEditor*>(self);
}

int TerminalEditor::read_letter(EditLine* editor, wchar_t* letter) { return of(editor).next_letter(*letter); }

/// The terminal as it was found, for whoever has it while we are stopped; then as an editor needs it, whatever
/// became of it meanwhile, with the line that was begun.
void TerminalEditor::pass_suspension() {
  const bool stop = suspension_->take().stop;
  el_set(editor_, EL_PREP_TERM, 0);
  if (stop) suspension_->stop();
  el_set(editor_, EL_PREP_TERM, 1);
  el_set(editor_, EL_REFRESH);
}

/// Waits for a byte or for Ctrl-C, whatever comes first; bytes become letters as the locale says.
int TerminalEditor::next_letter(wchar_t& letter) {
  std::mbstate_t state{};
  for (;;) {
    pollfd waiting[] = {
        {terminal_, POLLIN, 0}, {interrupts_.descriptor(), POLLIN, 0}, {suspension_->descriptor(), POLLIN, 0}};
    if (poll(waiting, 3, -1) < 0) {
      if (errno == EINTR) continue;
      return -1;
    }
    if (waiting[1].revents != 0 && interrupts_.take()) {
      interrupted_ = true;
      return -1;
    }
    if (waiting[2].revents != 0) {
      pass_suspension();
      continue;
    }
    if (waiting[0].revents == 0) continue;
    char byte = 0;
    const ssize_t count = ::read(terminal_, &byte, 1);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) return static_cast<int>(count);
    // Ctrl-D between two lines, where the terminal still takes it for itself, comes as a zero. libedit would
    // take the next key as text then: each key that it unbinds in the terminal leaves its meaning on the zero.
    if (byte == 0) continue;
    const std::size_t used = std::mbrtowc(&letter, &byte, 1, &state);
    if (used == static_cast<std::size_t>(-2)) continue;  // more bytes belong to it
    if (used == static_cast<std::size_t>(-1)) letter = static_cast<unsigned char>(byte);
    return 1;
  }
}

LineEditor::End TerminalEditor::read(std::string& line) {
  interrupted_ = false;
  int count = 0;
  const Suspension suspension;
  suspension_ = &suspension;
  const char* text = el_gets(editor_, &count);
  suspension_ = nullptr;
  if (interrupted_) {
    std::fputs("^C\n", stdout);
    std::fflush(stdout);
    el_reset(editor_);
    return End::interrupted;
  }
  if (text == nullptr || count <= 0) {
    std::fputc('\n', stdout);
    return End::end;
  }
  line.assign(text, static_cast<std::size_t>(count));
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  return End::line;
}

unsigned char TerminalEditor::on_tab(EditLine* editor, int) { return of(editor).complete_here(); }

unsigned char TerminalEditor::complete_here() {
  const LineInfo* info = el_line(editor_);
  const std::string_view before(info->buffer, static_cast<std::size_t>(info->cursor - info->buffer));
  const Completion completion = completer_(before);
  const std::vector<std::string>& candidates = completion.candidates;
  if (candidates.empty()) return CC_ERROR;
  std::string added = completion.common().substr(completion.word.size());
  if (candidates.size() == 1 && !candidates[0].ends_with('/')) added += ' ';
  if (!added.empty()) return el_insertstr(editor_, added.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  std::fputc('\n', stdout);
  for (const std::string& candidate : candidates) std::printf("%s  ", candidate.c_str());
  std::fputc('\n', stdout);
  std::fflush(stdout);
  return CC_REDISPLAY;
}

}  // namespace

std::unique_ptr<LineEditor> make_terminal_editor(const Interrupts& interrupts, Completer completer) {
  std::setlocale(LC_CTYPE, "");
  return std::make_unique<TerminalEditor>(interrupts, std::move(completer));
}

}  // namespace tikv::cli
