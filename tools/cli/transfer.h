#pragma once

#include <string>

#include "arguments.h"
#include "importer.h"
#include "record_format.h"

namespace tikv::cli {

/// `--format`, and how bytes are written: what import and export share.
struct TransferArguments {
  std::string file;
  std::string format;  ///< empty: by the name of the file
  ColumnFamily family = ColumnFamily::default_;

  void declare(CLI::App& app);
  [[nodiscard]] Result<RecordFormat> record_format(const OutputSettings& output) const;
};

struct ImportArguments {
  TransferArguments transfer;
  std::string checkpoint;
  bool no_checkpoint = false;
  bool restart = false;
  bool header = false;
  std::string bad_lines;
  std::uint64_t max_bad = 0;
  std::uint64_t ttl = 0;
  std::uint64_t batch = 256;
  std::uint64_t parallel = 8;
};
[[nodiscard]] Result<ExitCode> run_import(Context& context, const ImportArguments& arguments);

struct ExportArguments {
  TransferArguments transfer;
  RangeArguments range;
};
[[nodiscard]] Result<ExitCode> run_export(Context& context, const ExportArguments& arguments);

}  // namespace tikv::cli
