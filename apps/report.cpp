// report: writes the report of a training run, a page for a browser.
//
//   report RUN
#include "apps/report/report.h"

#include <iostream>

#include "apps/terminal/command_line.h"
#include "apps/terminal/program.h"
#include "engine/error.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

int report_main(int argc, char** argv) {
  std::vector<std::string> folders;
  CommandLine line("report", "RUN", "Writes RUN/report.html, as train does at the end of a run.");
  line.positional(folders, "RUN", "the folder of a run");
  line.closing_words(
      {"The page shows how the training went, the metrics of the best model, and images with its mistakes. It is one "
       "file and needs no network. The validation images must still be where the run found them."});
  if (!line.parse(argc, argv)) return 0;
  if (folders.size() != 1) throw UserError("give the folder of one run; see report --help");
  const RunFolder folder = existing_run_folder(folders[0]);
  write_report(folder);
  std::cout << printable(folder.report().string()) << std::endl;
  return 0;
}

}  // namespace
}  // namespace intertwiner

int main(int argc, char** argv) {
  return intertwiner::run_program("report", [&] { return intertwiner::report_main(argc, argv); });
}
