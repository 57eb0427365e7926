// A locale whose numbers have commas, for tests of what a program in such a locale writes and reads.
#pragma once
#include <stdlib.h>

#include <clocale>
#include <string>

#include "tests/apps/run_program.h"
#include "tests/temporary_folder.h"

namespace intertwiner::tests {

/// While it exists, the program's locale is de_DE: 0.5 is "0,5".
class CommaLocale {
 public:
  CommaLocale() {
    const std::string made = (folder_ / "de_DE.UTF-8").string();
    reason_ = run("/usr/bin/env", {"localedef", "-i", "de_DE", "-f", "UTF-8", "--no-archive", made}).err;
    setenv("LOCPATH", folder_.path().c_str(), 1);
    works_ = std::setlocale(LC_ALL, "de_DE.UTF-8") != nullptr;
    unsetenv("LOCPATH");
  }
  ~CommaLocale() { std::setlocale(LC_ALL, "C"); }
  CommaLocale(const CommaLocale&) = delete;
  CommaLocale& operator=(const CommaLocale&) = delete;

  /// False if localedef could not make the locale; `reason` says why.
  bool works() const { return works_; }
  const std::string& reason() const { return reason_; }

 private:
  TemporaryFolder folder_;
  std::string reason_;
  bool works_ = false;
};

}  // namespace intertwiner::tests
