#pragma once

#include <string>

namespace tikv::sandbox {

/// A folder for the data of a sandbox: it is ours, of a format that we know, and nobody else's while
/// this lives. A process that is killed lets go of it, too.
class DataDir {
 public:
  DataDir() = default;
  ~DataDir();
  DataDir(const DataDir&) = delete;
  DataDir& operator=(const DataDir&) = delete;

  /// Makes the folder if there is none. An empty text, or why it cannot be used.
  [[nodiscard]] std::string claim(const std::string& path);
  /// Where the database is, inside.
  [[nodiscard]] std::string database() const { return path_ + "/db"; }

 private:
  [[nodiscard]] std::string check_contents() const;
  [[nodiscard]] std::string lock();
  [[nodiscard]] std::string write_format() const;

  std::string path_;
  int lock_ = -1;
};

}  // namespace tikv::sandbox
