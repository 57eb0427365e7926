// Runs every test, and ends with the line "N passed, N failed, N skipped".
//
// Catch2 2 has no skipped tests. A test case that cannot run calls tests::skip("reason") and returns.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <iostream>

#include "tests/skip.h"

namespace intertwiner::tests {
namespace {

bool skipped_now = false;
int passed = 0, failed = 0, skipped = 0;

class Counter : public Catch::TestEventListenerBase {
 public:
  using TestEventListenerBase::TestEventListenerBase;

  void testCaseStarting(const Catch::TestCaseInfo&) override { skipped_now = false; }
  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    if (stats.totals.testCases.failed > 0)
      ++failed;
    else if (skipped_now)
      ++skipped;
    else
      ++passed;
  }
};
CATCH_REGISTER_LISTENER(Counter)

}  // namespace

void skip(const std::string& reason) {
  skipped_now = true;
  std::cout << "skipped: " << Catch::getResultCapture().getCurrentTestName() << " (" << reason << ")" << std::endl;
}

}  // namespace intertwiner::tests

int main(int argc, char** argv) {
  const int result = Catch::Session().run(argc, argv);
  using namespace intertwiner::tests;
  std::cout << passed << " passed, " << failed << " failed, " << skipped << " skipped" << std::endl;
  return result == 0 && passed + skipped == 0 ? 1 : result;
}
