#include "progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace tikv::cli {

namespace {

constexpr std::size_t widest_bar = 24;

std::string time_text(double seconds) {
  std::array<char, 32> text{};
  const long whole = std::lround(std::min(seconds, 359999.0));
  if (whole < 3600) {
    std::snprintf(text.data(), text.size(), "%ld:%02ld", whole / 60, whole % 60);
  } else {
    std::snprintf(text.data(), text.size(), "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  }
  return text.data();
}

std::string percent(double fraction) { return std::to_string(static_cast<int>(fraction * 100)) + " %"; }

std::string counts(const Amounts& now, const Amounts& begun, double seconds) {
  std::string text = grouped(now.pairs) + (now.pairs == 1 ? " pair, " : " pairs, ") + size_text(now.bytes);
  if (seconds > 0.5) {
    const double rate = static_cast<double>(now.pairs - begun.pairs) / seconds;
    text += ", " + grouped(static_cast<std::uint64_t>(rate)) + "/s";
  }
  if (now.bad > 0) text += ", " + grouped(now.bad) + " bad";
  return text;
}

/// By the rate so far; nothing while that says little.
std::optional<double> seconds_left(const Amounts& now, const Amounts& begun, double seconds) {
  if (!now.fraction || seconds < 1) return std::nullopt;
  const double made = *now.fraction - begun.fraction.value_or(0);
  if (made < 0.001) return std::nullopt;
  return (1 - *now.fraction) * seconds / made;
}

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string grouped(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> units{"B", "kB", "MB", "GB", "TB"};
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; amount >= 1000 && unit + 1 < units.size(); ++unit) amount /= 1000;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", amount, units[unit]);
  return text.data();
}

std::string bar_text(const Amounts& now, const Amounts& begun, std::chrono::duration<double> elapsed,
                     std::size_t width) {
  std::string text = counts(now, begun, elapsed.count());
  if (const auto left = seconds_left(now, begun, elapsed.count())) text += ", " + time_text(*left) + " left";
  if (now.fraction) {
    text = percent(*now.fraction) + "  " + text;
    const std::size_t free = width - std::min(width, text.size() + 4);  // brackets, a blank, the last column
    const std::size_t size = std::min(widest_bar, free);
    const auto filled = static_cast<std::size_t>(std::clamp(*now.fraction, 0.0, 1.0) * static_cast<double>(size));
    if (size >= 4) text = '[' + std::string(filled, '#') + std::string(size - filled, '.') + "] " + text;
  }
  if (text.size() >= width) text.resize(width > 0 ? width - 1 : 0);
  return text;
}

std::string line_text(const Amounts& now, const Amounts& begun, std::chrono::duration<double> elapsed) {
  return (now.fraction ? percent(*now.fraction) + ", " : "") + counts(now, begun, elapsed.count());
}

Progress::Kind Progress::suitable(bool quiet) noexcept {
  if (quiet) return Kind::none;
  return isatty(STDERR_FILENO) == 1 ? Kind::bar : Kind::lines;
}

Progress::Progress(Kind kind, std::string what, Amounts begun) : kind_(kind), what_(std::move(what)), begun_(begun) {}

void Progress::update(const Amounts& now) {
  using std::chrono::milliseconds;
  if (kind_ == Kind::none) return;
  const Clock::time_point time = Clock::now();
  if (time - shown_ < (kind_ == Kind::bar ? milliseconds(100) : milliseconds(3000))) return;
  shown_ = time;
  show(now);
}

void Progress::show(const Amounts& now) {
  if (kind_ == Kind::lines) {
    std::fprintf(stderr, "%s: %s\n", what_.c_str(), line_text(now, begun_, elapsed()).c_str());
    return;
  }
  const std::size_t used = what_.size() + 1;
  const std::size_t width = terminal_width();
  std::fprintf(stderr, "\r%s %s\033[K", what_.c_str(),
               bar_text(now, begun_, elapsed(), width - std::min(width, used)).c_str());
  std::fflush(stderr);
  bar_is_there_ = true;
}

void Progress::finish(const Amounts& now) {
  if (kind_ != Kind::bar) return;
  show(now);
  std::fputc('\n', stderr);
  bar_is_there_ = false;
}

void Progress::clear() {
  if (!bar_is_there_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  bar_is_there_ = false;
}

}  // namespace tikv::cli
