#include "hostile/hostile_world.h"

#include "core/limits.h"
#include "core/printable.h"

namespace tikv::hostile {

namespace {

/// Tells for each test what its largest answer cost beside its own bytes.
class MemoryPrinter final : public ::testing::EmptyTestEventListener {
 public:
  void OnTestStart(const ::testing::TestInfo& /*test*/) override { answer_ = 0; }
  void OnTestEnd(const ::testing::TestInfo& test) override {
    if (answer_ < mebibyte / 2) return;
    tell_memory(test.name(), answer_, meter_.peak());
  }
  void note(std::size_t answer) {
    answer_ = answer;
    meter_.begin();
  }

 private:
  MemoryMeter meter_;
  std::size_t answer_ = 0;
};

MemoryPrinter& printer() {
  static auto* const made = [] {
    auto* listener = new MemoryPrinter;  // gtest's from here on
    ::testing::UnitTest::GetInstance()->listeners().Append(listener);
    return listener;
  }();
  return *made;
}

}  // namespace

bool is_harmless(std::string_view text) { return core::printable(text, text.size() + 64) == text; }

void expect_presentable(const Error& error) {
  EXPECT_LE(error.message().size(), core::limits::message);
  EXPECT_TRUE(is_harmless(error.message())) << error.message();
  EXPECT_TRUE(is_harmless(error.summary()));
  for (const Attempt& attempt : error.attempts()) {
    EXPECT_LE(attempt.outcome.size() + attempt.address.size(), 2 * core::limits::foreign_text);
    EXPECT_TRUE(is_harmless(attempt.outcome));
    EXPECT_TRUE(is_harmless(attempt.address));
  }
}

std::string nasty_text(std::size_t size) {
  static constexpr std::string_view piece = "\r\n\x1b[2J\x1b]0;title\x07 \xe2\x80\xae nok \xc2\x9b 31m ";
  std::string text;
  text.reserve(size);
  while (text.size() + piece.size() <= size) text += piece;
  text.resize(size, '\n');
  return text;
}

void HostileTest::connect(std::size_t streams_per_store) {
  ClientOptions options = simulation.client_options();
  options.streams_per_store = streams_per_store;
  make_client(options);
  const Result<void> met = core->connect();
  ASSERT_TRUE(met) << met.error();
}

void HostileTest::make_client(ClientOptions options) {
  detail::World world;
  world.loop = simulation.shared_loop();
  world.transport = std::make_unique<test::EditedTransport>(
      simulation.network().transport("client"),
      [this](std::string_view address, std::string_view method, rpc::UnaryAnswer& answer) {
        ++answers_by_method[std::string(method)];
        ++answers_by_address[std::string(address)];
        if (!edit) return;
        edit(address, method, answer);
        if (answer.message.size() < answer_size) return;
        answer_size = answer.message.size();
        meter.begin();
        printer().note(answer_size);
      },
      [this](std::string_view address, std::string_view method, std::string& message) {
        if (edit_message) edit_message(address, method, message);
      });
  world.stop_loop = [] {};
  core = std::make_shared<detail::ClientCore>(options, std::move(world));
  client.emplace(detail::ClientAccess::wrap(core));
}

}  // namespace tikv::hostile
