#include "words.h"

#include <utility>

namespace tikv::cli {

namespace {

struct Cut {
  OpenLine line;
  bool in_word = false;
  char quote = '\0';
};

Cut cut(std::string_view line) {
  Cut state;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char letter = line[i];
    const bool blank = letter == ' ' || letter == '\t';
    if (state.quote == '\0' && blank) {
      if (state.in_word) state.line.before.push_back(std::exchange(state.line.word, {}));
      state.in_word = false;
      continue;
    }
    if (!state.in_word) state.line.word_begin = i;
    state.in_word = true;
    if (letter == state.quote) {
      state.quote = '\0';
    } else if (state.quote == '\0' && (letter == '\'' || letter == '"')) {
      state.quote = letter;
    } else {
      state.line.word += letter;
    }
  }
  if (!state.in_word) state.line.word_begin = line.size();
  return state;
}

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view line) {
  Cut state = cut(line);
  if (state.quote != '\0') {
    return Error(ErrorKind::invalid_argument, std::string("the quote ") + state.quote + " is not closed");
  }
  if (state.in_word) state.line.before.push_back(std::move(state.line.word));
  return std::move(state.line.before);
}

OpenLine split_open_line(std::string_view line) { return cut(line).line; }

}  // namespace tikv::cli
