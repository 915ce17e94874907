#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tikv::testing_support {

/// An authority of our own, made for one test run, and PEM files of what it signs, in a folder that
/// is removed at the end.
class Certificates {
 public:
  Certificates();
  ~Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  struct Files {
    std::string certificate;
    std::string key;
  };

  [[nodiscard]] std::string ca() const { return path("ca.pem"); }
  /// An authority that signed nothing.
  [[nodiscard]] std::string other_ca() const { return path("other-ca.pem"); }
  /// For 127.0.0.1, ::1, localhost and pd.test.
  [[nodiscard]] Files server() const { return {path("server.pem"), path("server.key")}; }
  /// Signed by the authority, expired long ago.
  [[nodiscard]] Files expired() const { return {path("expired.pem"), path("expired.key")}; }
  /// Valid for a day.
  [[nodiscard]] Files client() const { return {path("client.pem"), path("client.key")}; }
  /// For a client, expires in an hour.
  [[nodiscard]] Files short_lived() const { return {path("short.pem"), path("short.key")}; }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  /// Writes a file of the test's own into the folder.
  std::string write(const std::string& name, const std::string& content) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace tikv::testing_support
