#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "core/loop.h"
#include "rpc/tls_context.h"
#include "rpc/tls_options.h"
#include "tikv/observer.h"
#include "tikv/result.h"

namespace tikv::rpc {

/// The TLS files of one client: looks whether they have changed when a new connection asks for a
/// context, at most once a second, and reads them anew if so. Nobody watches them in between. What
/// cannot be used (half-written, a key that does not fit) changes nothing: the last set that was
/// whole stays in use. On the loop only.
class TlsSource {
 public:
  /// Reads the files. An error names the file and what is wrong with it.
  [[nodiscard]] static Result<std::unique_ptr<TlsSource>> make(core::Loop& loop, TlsOptions options,
                                                               std::shared_ptr<Observer> observer);

  /// For a new connection.
  [[nodiscard]] std::shared_ptr<const TlsContext> context();

 private:
  /// What tells one content of a file from another without reading it; all zero if there is none.
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t seconds = 0;  // when it was last written
    std::int64_t nanoseconds = 0;
    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::array<Stamp, 3>;

  TlsSource(core::Loop& loop, TlsOptions options, std::shared_ptr<Observer> observer);
  [[nodiscard]] static Stamp stamp_of(const std::string& file);
  [[nodiscard]] Stamps stamps() const;
  void read_anew();
  void log(LogLevel level, const std::string& message) const;

  core::Loop& loop_;
  const TlsOptions options_;
  const std::shared_ptr<Observer> observer_;
  std::shared_ptr<const TlsContext> context_;
  Stamps seen_;
  bool once_more_ = true;
  core::Time next_look_;
  std::string complaint_;  // why what is there now is not in use; empty if it is
};

}  // namespace tikv::rpc
