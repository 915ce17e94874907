#include <iostream>

#include "line_editor.h"

namespace tikv::cli {

namespace {

class PlainReader final : public LineEditor {
 public:
  PlainReader(const Interrupts& interrupts, bool prompts) : interrupts_(interrupts), prompts_(prompts) {}

  End read(std::string& line) override {
    if (prompts_) std::cout << "tikv> " << std::flush;
    if (std::getline(std::cin, line)) return End::line;
    if (!interrupts_.take()) return End::end;
    std::cin.clear();
    return End::interrupted;
  }
  void remember(const std::string&) override {}

 private:
  const Interrupts& interrupts_;
  bool prompts_;
};

}  // namespace

std::unique_ptr<LineEditor> make_plain_reader(const Interrupts& interrupts, bool prompts) {
  return std::make_unique<PlainReader>(interrupts, prompts);
}

}  // namespace tikv::cli
