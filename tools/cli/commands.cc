#include "commands.h"

namespace tikv::cli {

std::vector<Command> all_commands() {
  std::vector<Command> all;
  for (const auto& group :
       {read_commands(), write_commands(), swap_commands(), scan_commands(), transfer_commands(), cluster_commands()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

}  // namespace tikv::cli
