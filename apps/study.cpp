// study: trains the rows of a table of the paper, and prints the table beside the paper's figures.
//
//   study --table 2a,1 --data DIR --preset small --epochs 7 --seeds 3 --out OUT
//   study --table 3 --model OUT/intertwiner/seed-1/best.safetensors --data DIR --out OUT
//
// The same command goes on after a stop or a crash; with more seeds, rows or tables it trains what is not there yet.
#include "apps/study/study.h"

#include <algorithm>
#include <iostream>

#include "apps/study/table_3.h"
#include "apps/terminal/command_line.h"
#include "apps/terminal/compute.h"
#include "apps/terminal/program.h"
#include "apps/terminal/run_data_options.h"
#include "apps/terminal/settings_text.h"
#include "detector/settings/presets.h"
#include "detector/training/checkpoint.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

struct Options {
  std::vector<std::string> tables, rows;
  RunDataOptions data;
  std::string preset = "small", out, model, init;
  int64_t seeds = 1;
  ComputeOptions compute;
};

void describe_options(CommandLine& line, Options& options) {
  line.texts("table", options.tables, "NAME",
             "which of the paper's tables: 1, 2a, 2b, 2c, 2d, 2e, 5, or several with commas between; or 3, which "
             "trains nothing");
  line.texts("rows", options.rows, "NAME", "only these rows, with commas between; a wrong name lists the allowed ones");
  line.text("model", options.model, "FILE", "for table 3: the checkpoint whose regions are counted");
  describe_run_data(line, options.data);
  line.text("init", options.init, "FILE", "checkpoint whose weights every row starts from, as far as they fit");
  line.text("out", options.out, "OUT", "folder for the study's runs and tables");
  line.presets(options.preset);
  line.whole_number("seeds", options.seeds, 1, 1000, "train each row with seeds 1 to N");
  describe_compute(line, options.compute);
  line.settings([](const SettingEntry& entry) { return entry.name != "seed" && entry.name != "minutes"; });
  line.closing_words(
      {"Settings apply to every row, but where a row is made of another value. A run is ordinary: OUT/ROW/seed-N.",
       "OUT then holds table-NAME.md (what is printed), .csv and .svg (AP over training) of each table, rewritten "
       "after "
       "each run.",
       "Ctrl-C or SIGTERM finish the step, save, and end with exit code 130 or 143. The same command goes on; with "
       "more "
       "--seeds, --rows or --table it trains what is not there yet.",
       "Exit codes: 0 done; 2 a mistake that you can mend, told in one line; 1 a mistake of this program."});
}

constexpr const char* kCountingTable = "3";

int count_regions(const CommandLine& line, const Options& options) {
  const std::vector<std::string> known = {"table",  "model",     "data",          "split",   "limit", "out",
                                          "device", "precision", "deterministic", "threads", "config"};
  for (const std::string& name : line.given_names()) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw UserError("--" + name + " has no effect on table 3, which counts a trained model's regions; leave it out");
  }
  if (options.model.empty())
    throw UserError("--model is missing: table 3 counts a trained model's regions; name a checkpoint");
  count_table_3({options.model, options.data.train, options.out, options.compute.placement()});
  return 0;
}

int train_tables(const CommandLine& line, const Options& options, const std::vector<std::string>& names) {
  std::vector<StudyTable> tables;
  for (const std::string& name : names) {
    if (name == kCountingTable) throw UserError("--table: 3 trains nothing; ask for it by itself, with --model FILE");
    tables.push_back(study_table(name));
  }
  if (!options.init.empty()) read_checkpoint(options.init);  // that it is one is known before anything is trained
  if (!options.model.empty()) throw UserError("--model is for table 3 alone; the rows of others are trained anew");
  const std::vector<StudyRow> rows = rows_of(tables, split_names(options.rows));
  Settings shared = preset(options.preset);
  line.set(shared);
  if (shared.train.minutes > 0) {
    throw UserError("--epochs is missing: preset " + options.preset +
                    " trains by the clock, and rows are compared after the same number of steps");
  }
  const std::vector<StudyRun> runs = make_runs(rows, shared, options.seeds);
  check_given(line, shared, rows);
  const RunData data = open_and_print_run_data(options.data, shared);
  if (!data.val.data) {
    throw UserError("--val-split: there is no split " + options.data.val.split +
                    " to measure rows on; hold images back as said above");
  }
  const StudyPlan plan = {.out = options.out,
                          .tables = tables,
                          .data = data,
                          .eval_every = options.data.epochs_between_evaluations(),
                          .init = options.init,
                          .where = options.compute.placement(),
                          .budget = budget_text(options.preset, shared, data, options.init)};
  claim_study_folder(plan, shared);
  std::cout << "settings, but where a row is made of another value (" << options.preset << "):\n"
            << settings_lines(shared) << std::flush;
  return Study(plan, runs).train();
}

int study(int argc, char** argv) {
  Options options;
  options.data.eval_every = "1";
  CommandLine line("study", "--table NAME --data DIR --epochs N --seeds N --out OUT [options]",
                   "Trains the rows of a table of the paper, and prints the table beside the paper's figures.");
  describe_options(line, options);
  if (!line.parse(argc, argv)) return 0;
  open_compute(options.compute);
  const std::vector<std::string> names = split_names(options.tables);
  if (names.empty()) throw UserError("--table is missing; name one of the paper's, such as 2a; see study --help");
  for (const std::string& name : names) {
    if (name != kCountingTable) study_table(name);
  }
  if (options.data.train.specs.empty())
    throw UserError("--data is missing; name a folder of images, or scenes; see study --help");
  if (options.out.empty()) throw UserError("--out is missing; name a folder for the study; see study --help");
  return names == std::vector<std::string>{kCountingTable} ? count_regions(line, options)
                                                           : train_tables(line, options, names);
}

}  // namespace
}  // namespace intertwiner

int main(int argc, char** argv) {
  return intertwiner::run_program("study", [&] { return intertwiner::study(argc, argv); });
}
