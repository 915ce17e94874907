#pragma once

#include <string>

namespace tikv::test {

struct HttpAnswer {
  int status = 0;  ///< 0: there was no answer
  std::string body;
};

/// One request to a server on this machine, `address` being HOST:PORT in digits. Waits ten seconds at most.
HttpAnswer http_call(const std::string& address, const std::string& method, const std::string& path,
                     const std::string& body = {});

}  // namespace tikv::test
