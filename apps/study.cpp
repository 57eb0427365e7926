// study: trains the rows of a table of the paper, and prints the table beside the paper's results.
//
//   study --table 2a,1 --data DIR --preset small --epochs 7 --seeds 3 --out OUT
//   study --table 3 --model OUT/intertwiner/seed-1/best.safetensors --data DIR --out OUT
//
// The same command continues after a stop or a crash. With more seeds, rows or tables it trains only what is missing.
#include "apps/study/study.h"

#include <algorithm>
#include <iostream>
#include <optional>

#include "apps/compute/compute.h"
#include "apps/compute/processes.h"
#include "apps/study/table_3.h"
#include "apps/terminal/command_line.h"
#include "apps/terminal/program.h"
#include "apps/terminal/run_data_options.h"
#include "apps/terminal/settings_text.h"
#include "apps/terminal/unreadable.h"
#include "detector/settings/presets.h"
#include "engine/communication/agreement.h"
#include "engine/error.h"
#include "engine/files/weights_file.h"

namespace intertwiner {
namespace {

struct Options {
  std::vector<std::string> tables, rows;
  RunDataOptions data;
  std::string preset = "small", out, model, init;
  int64_t seeds = 1;
  ComputeOptions compute;
  Communication communication = Communication::automatic;
  bool overwrite = false;
};

void describe_options(CommandLine& line, Options& options) {
  line.texts(
      "table", options.tables, "NAME",
      "tables, with commas between them: the paper's 1, 2a, 2b, 2c, 2d, 2e, 5, and factors, which compares weights "
      "of the intertwiner's losses; or 3, which counts the regions of --model");
  line.texts("rows", options.rows, "NAME",
             "train only these rows, with commas between them; an unknown name prints the list of rows");
  line.text("model", options.model, "FILE", "checkpoint for table 3");
  describe_run_data(line, options.data);
  line.text("init", options.init, "FILE",
            "file of weights to start every row from, as for train; weights of another shape are left out");
  line.text("out", options.out, "OUT", "folder for the study's runs and tables");
  line.presets(options.preset);
  line.integer("seeds", options.seeds, 1, 1000, "train each row with seeds 1 to N");
  line.flag("overwrite", options.overwrite, "replace a table 3 in OUT");
  describe_compute(line, options.compute);
  describe_communication(line, options.communication);
  line.settings([](const SettingEntry& entry) { return entry.name != "seed" && entry.name != "minutes"; });
  line.closing_words(
      {"Settings apply to every row; those that define the rows cannot be given. OUT/ROW/seed-N has the run of a row "
       "and "
       "a seed, as train writes it.",
       "After every run, study writes each table to OUT: table-NAME.md (as printed), .csv and .svg (AP over training). "
       "Of several processes, the first writes them after its own runs.",
       "After Ctrl-C or SIGTERM, study finishes the step, saves, and exits with code 130 or 143. The same command "
       "continues. With more --seeds, --rows or --table it trains only what is missing."});
}

constexpr const char* kCountingTable = "3";

int count_regions(const CommandLine& line, const Options& options) {
  const std::vector<std::string> known = {"table",  "model",     "data",      "split",         "limit",
                                          "out",    "device",    "precision", "deterministic", "threads",
                                          "config", "overwrite", "max-pixels"};
  for (const std::string& name : line.given_names()) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw UserError("--" + name + " has no effect on table 3, which counts regions of a trained model; leave it out");
  }
  line.require("model", "a checkpoint whose regions table 3 counts");
  return count_table_3({options.model,
                        options.data.train,
                        options.out,
                        options.compute.placement(),
                        {.inputs = {line.config_file()}, .overwrite = options.overwrite}});
}

int train_tables(const CommandLine& line, const Options& options, const std::vector<std::string>& names,
                 Communicator& processes) {
  std::vector<StudyTable> tables;
  Settings shared;
  std::vector<StudyRun> runs;
  RunData data;
  run_on_all(processes, [&] {
    for (const std::string& name : names) {
      if (name == kCountingTable)
        throw UserError(
            "--table: 3 trains nothing; do not combine it with other tables, give --table 3 with --model FILE");
      tables.push_back(study_table(name));
    }
    if (!options.init.empty()) read_weights(options.init);  // reports a broken file before anything is trained
    if (options.overwrite) throw UserError("--overwrite is only for table 3; for other tables leave it out");
    if (!options.model.empty()) throw UserError("--model is only for table 3; for other tables leave it out");
    const std::vector<StudyRow> rows = rows_of(tables, split_names(options.rows));
    shared = preset(options.preset);
    line.set(shared);
    if (shared.train.minutes > 0) {
      throw UserError("--epochs is missing; preset " + options.preset +
                      " sets a time in minutes, but all rows need the same number of steps; give --epochs");
    }
    runs = make_runs(rows, shared, options.seeds);
    check_given(line, shared, rows);
    if (options.data.eval_every == "never")
      throw UserError("--eval-every never: a table needs evaluations; give 0 to evaluate each row once, at its end");
    if (options.data.val.split == "none")
      throw UserError("--val-split none: a table needs images to evaluate its rows on; give another split");
    data = open_and_print_run_data(options.data, shared);
    if (!data.val.data)
      throw UserError(
          "a table needs images to evaluate its rows on; give --val-split or --val-data as described above");
  });
  const StudyPlan plan = {.out = options.out,
                          .tables = tables,
                          .data = data,
                          .eval_every = options.data.epochs_between_evaluations(),
                          .init = options.init,
                          .where = options.compute.placement(),
                          .budget = budget_text(options.preset, shared, data, options.init)};
  std::optional<Study> study;
  run_on_all(processes, [&] { study.emplace(plan, runs); });
  run_on_first(processes, [&] { claim_study_folder(plan, shared); });
  std::cout << "settings, except those that define a row (" << options.preset << "):\n"
            << settings_lines(shared) << std::flush;
  const int unreadable = processes.rank() == 0 ? print_unreadable(data.report()) : 0;
  const int code = study->train(processes);
  return std::max(code, unreadable);
}

int study(int argc, char** argv) {
  Options options;
  options.data.eval_every = "1";
  CommandLine line("study", "--table NAME --data DIR --epochs N --seeds N --out OUT [options]",
                   "Trains the rows of a table of the paper, and prints the table beside the paper's results.");
  describe_options(line, options);
  if (!line.parse(argc, argv)) return 0;
  open_compute(options.compute);
  const auto processes = open_processes(options.communication, options.compute);
  const std::vector<std::string> names = split_names(options.tables);
  run_on_all(*processes, [&] {
    if (names.empty()) throw UserError("--table is missing; give a table of the paper, such as 2a; see study --help");
    for (const std::string& name : names) {
      if (name != kCountingTable) study_table(name);
    }
    line.require("data", "a folder of images, or scenes");
    line.require("out", "a folder for the study");
  });
  if (names != std::vector<std::string>{kCountingTable}) return train_tables(line, options, names, *processes);
  if (processes->rank() == 0) return count_regions(line, options);
  return 0;
}

}  // namespace
}  // namespace intertwiner

int main(int argc, char** argv) {
  return intertwiner::run_program("study", [&] { return intertwiner::study(argc, argv); });
}
