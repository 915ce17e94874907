#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace tikv::cli {

/// How much of a long work is done.
struct Amounts {
  std::uint64_t pairs = 0;
  std::uint64_t bytes = 0;
  std::uint64_t bad = 0;           ///< records that were left out
  std::optional<double> fraction;  ///< 0 to 1, if the whole is known
};

/// One line for a terminal of `width` columns: a bar, percent, pairs, their rate, the time left.
/// `begun` is what was there when this run began, and does not count for the rate.
[[nodiscard]] std::string bar_text(const Amounts& now, const Amounts& begun, std::chrono::duration<double> elapsed,
                                   std::size_t width);
/// The same for a log.
[[nodiscard]] std::string line_text(const Amounts& now, const Amounts& begun, std::chrono::duration<double> elapsed);

/// Thousands apart: 1,234,567.
[[nodiscard]] std::string grouped(std::uint64_t number);
/// 1.5 MB.
[[nodiscard]] std::string size_text(std::uint64_t bytes);

/// Shows progress on standard error: a bar if a terminal is there, a line every few seconds if not.
class Progress {
 public:
  enum class Kind : std::uint8_t { none, lines, bar };

  /// What suits standard error.
  [[nodiscard]] static Kind suitable(bool quiet) noexcept;
  Progress(Kind kind, std::string what, Amounts begun);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { clear(); }

  /// Cheap: shows something now and then only.
  void update(const Amounts& now);
  /// The last state, which stays.
  void finish(const Amounts& now);
  /// Takes the bar away, so that something else can be printed.
  void clear();
  [[nodiscard]] std::chrono::duration<double> elapsed() const { return Clock::now() - begin_; }

 private:
  using Clock = std::chrono::steady_clock;
  void show(const Amounts& now);

  Kind kind_;
  std::string what_;
  Amounts begun_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point shown_ = begin_;
  bool bar_is_there_ = false;
};

}  // namespace tikv::cli
