// What the client does, in a program's own log: here spdlog.
#include <spdlog/spdlog.h>
#include <tikv/raw_client.h>

#include <array>
#include <iostream>
#include <memory>

//! [spdlog]
/// Everything that the client tells goes to spdlog, whose level decides what is told at all.
class SpdlogObserver final : public tikv::Observer {
 public:
  [[nodiscard]] tikv::LogLevel log_level() const noexcept override {
    return spdlog::should_log(spdlog::level::debug) ? tikv::LogLevel::debug : tikv::LogLevel::warning;
  }
  void log(const tikv::LogRecord& record) override {
    using spdlog::level::level_enum;
    static constexpr std::array levels = {level_enum::debug, level_enum::info, level_enum::warn, level_enum::err};
    spdlog::log(levels.at(static_cast<std::size_t>(record.level)), "tikv op={} {} {}", record.operation_id,
                record.operation, record.message);
  }
};
//! [spdlog]

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::debug);
  auto options = tikv::ClientOptions::parse(argc > 1 ? argv[1] : "127.0.0.1:2379").value();
  options.observer = std::make_shared<SpdlogObserver>();
  const auto client = tikv::RawClient::connect(options).value();
  client.put("greeting", "hello").value();
  std::cout << client.get("greeting").value().value_or("(nothing there)") << '\n';
}
