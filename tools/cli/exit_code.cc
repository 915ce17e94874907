#include "exit_code.h"

#include <ostream>

#include "flag_names.h"
#include "json_text.h"

namespace tikv::cli {

ExitCode code_of(const Error& error) noexcept {
  if (error.kind() == ErrorKind::cancelled) return ExitCode::interrupted;
  if (error.undetermined()) return ExitCode::undetermined;
  return error.kind() == ErrorKind::invalid_argument ? ExitCode::wrong_usage : ExitCode::failed;
}

// The library gives this kind to exceptions of its users' coroutines, of which this program has none.
constexpr ErrorKind local = ErrorKind::user_exception;

Error local_failure(const std::string& text) { return {local, text}; }

void report(std::ostream& out, const Error& error, bool json) {
  if (!json) {
    out << "tikv-cli: ";
    if (error.kind() != local) out << to_string(error.kind()) << ": ";
    out << with_flags(error.message()) << '\n';
    return;
  }
  JsonObject inner;
  inner.add("kind", error.kind() == local ? "local_failure" : to_string(error.kind()));
  inner.add("message", with_flags(error.message()));
  inner.add("retryable", error.retryable());
  inner.add("undetermined", error.undetermined());
  JsonObject outer;
  outer.add_object("error", inner);
  out << outer.text() << '\n';
}

}  // namespace tikv::cli
