#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace tikv::rpc {

/// What the system says of an error, and of a limit which one it is.
inline std::string system_words(int error) {
  std::string text = std::generic_category().message(error);
  if (error == EMFILE) text += " (the limit of descriptors of this process: ulimit -n)";
  if (error == ENFILE) text += " (the limit of descriptors of this machine: fs.file-max)";
  return text;
}

}  // namespace tikv::rpc
