#include "checkpoint.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "exit_code.h"

namespace tikv::cli {

namespace {

constexpr std::string_view title = "tikv-cli import 1";

using Number = std::pair<std::string_view, std::uint64_t ImportPosition::*>;
constexpr Number numbers[] = {{"offset", &ImportPosition::offset}, {"line", &ImportPosition::line},
                              {"pairs", &ImportPosition::pairs},   {"bytes", &ImportPosition::bytes},
                              {"bad", &ImportPosition::bad},       {"bad-bytes", &ImportPosition::bad_bytes}};

/// Takes a line `NAME VALUE` off `text`; its value, or nothing if it is another line.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view name) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(name) || text.substr(name.size(), 1) != " ") return {};
  const std::string_view value = text.substr(name.size() + 1, end - name.size() - 1);
  text.remove_prefix(end + 1);
  return value;
}

Error no_checkpoint() { return {ErrorKind::invalid_argument, "this is no checkpoint of an import, or a part of one"}; }

Error failed(const std::string& what, const std::string& path) {
  return local_failure("cannot " + what + " the checkpoint " + path + ": " + std::strerror(errno));
}

Result<void> write_synced(const std::string& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return failed("write", path);
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool fine = written && fdatasync(file) == 0;
  const Result<void> result = fine ? Result<void>() : Result<void>(failed("write", path));
  close(file);
  return result;
}

}  // namespace

std::string to_text(const Checkpoint& checkpoint) {
  std::string text(title);
  text += "\ninput " + checkpoint.identity.input + "\nsettings " + checkpoint.identity.settings + '\n';
  for (const auto& [name, member] : numbers) {
    text += std::string(name) + ' ' + std::to_string(checkpoint.position.*member) + '\n';
  }
  return text;
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  if (!text.starts_with(title)) return no_checkpoint();
  text.remove_prefix(title.size());
  if (!text.starts_with('\n')) return no_checkpoint();
  text.remove_prefix(1);
  Checkpoint checkpoint;
  const auto input = take_line(text, "input");
  const auto settings = input ? take_line(text, "settings") : std::nullopt;
  if (!settings) return no_checkpoint();
  checkpoint.identity = {std::string(*input), std::string(*settings)};
  for (const auto& [name, member] : numbers) {
    const auto value = take_line(text, name);
    if (!value) return no_checkpoint();
    const auto [rest, failure] =
        std::from_chars(value->data(), value->data() + value->size(), checkpoint.position.*member);
    if (failure != std::errc() || rest != value->data() + value->size()) return no_checkpoint();
  }
  return checkpoint;
}

Result<std::optional<Checkpoint>> read_checkpoint(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (errno == ENOENT) return std::optional<Checkpoint>();
    return failed("read", path);
  }
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  Result<Checkpoint> checkpoint = parse_checkpoint(text);
  if (!checkpoint) return checkpoint.error().with_context(path);
  return std::optional<Checkpoint>(*std::move(checkpoint));
}

Result<void> write_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  const std::string fresh = path + ".new";
  if (Result<void> written = write_synced(fresh, to_text(checkpoint)); !written) return written;
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return failed("write", path);
  return {};
}

}  // namespace tikv::cli
