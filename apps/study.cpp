// study: trains the rows of a table of the paper, and prints the table beside the paper's figures.
//
//   study --table 2a,1 --data DIR --preset small --epochs 7 --seeds 3 --out OUT
//   study --table 3 --model OUT/intertwiner/seed-1/best.safetensors --data DIR --out OUT
//
// The same command goes on after a stop or a crash; with more seeds, rows or tables it trains what is not there yet.
#include <algorithm>
#include <iostream>
#include <map>

#include "apps/run_data.h"
#include "apps/study/region_counts.h"
#include "apps/study/study_report.h"
#include "apps/study/study_results.h"
#include "apps/study/study_runs.h"
#include "apps/terminal/command_line.h"
#include "apps/terminal/compute.h"
#include "apps/terminal/program.h"
#include "apps/terminal/progress.h"
#include "apps/terminal/settings_text.h"
#include "data/data_choice.h"
#include "detector/training/checkpoint.h"
#include "detector/training/training_run.h"
#include "engine/error.h"
#include "engine/files/atomic_file.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

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

class Study {
 public:
  /// `budget`: how the rows are trained, in words for the tables.
  Study(const Options& options, std::vector<StudyTable> tables, RunData data, std::string budget)
      : out_(options.out),
        init_(options.init),
        placement_(options.compute.placement()),
        tables_(std::move(tables)),
        data_(std::move(data)),
        budget_(std::move(budget)) {}

  /// The program's exit code.
  int train(std::vector<StudyRun> runs) {
    for (StudyRun& run : runs) settle_buffer_window(run.settings, data_.train);
    for (const StudyRun& run : runs) check_stored(run);
    for (size_t i = 0; i < runs.size(); ++i) {
      if (read_result(folder_of(runs[i]))) continue;
      print_progress(runs, i);
      const int code = train_one(runs[i]);
      if (code != 0) return code;
      write_tables(runs);
    }
    write_tables(runs);
    for (const StudyTable& table : tables_)
      std::cout << "\n" << study_markdown(table, results_of(table, runs), budget_);
    std::cout << "\nwritten to " << out_.string() << ": table-NAME.md, .csv and .svg" << std::endl;
    return 0;
  }

 private:
  RunFolder folder_of(const StudyRun& run) const { return study_run_folder(out_, run.row, run.seed); }

  /// Before anything is trained: what there is already was trained as it would be now.
  void check_stored(const StudyRun& run) const {
    const RunFolder folder = folder_of(run);
    if (const auto result = read_result(folder))
      return require_same_settings(folder.path, result->settings, run.settings);
    if (fs::exists(folder.last()))
      require_same_settings(folder.path, settings_to_json(read_checkpoint(folder.last()).header.settings),
                            run.settings);
  }

  int train_one(const StudyRun& run) {
    const double started = now_seconds();
    const bool has_begun = fs::exists(folder_of(run).last());
    const RunFolder folder = has_begun ? folder_of(run) : new_run_folder(folder_of(run).path, true);
    Trainer trainer(run.settings, data_.train->class_names(), data_.train->category_ids(), placement_);
    if (has_begun)
      trainer.load(folder.last());
    else if (!init_.empty())
      start_from(trainer, init_);
    const RunNotes notes = has_begun ? notes_from_json(trainer.state().notes) : data_.notes;
    TrainingRun training{folder, trainer, notes, data_.train, data_.val, started, "study, with the same options"};
    std::string failed;
    try {
      const int code = train_to_the_end(training);
      if (code != 0) return code;
    } catch (const TrainingFailed& error) {
      failed = error.what();
      std::cout << "failed: " << failed << std::endl;
    }
    StudyResult result = result_of_log(folder);
    result.failed = failed;
    result.settings = settings_to_json(run.settings);
    write_result(folder, result);
    return 0;
  }

  /// What is there of a table: rows of this study, and rows of earlier ones in the folder.
  RowResults results_of(const StudyTable& table, const std::vector<StudyRun>& runs) const {
    RowResults results;
    for (const StudyRun& run : runs) results[run.row];
    for (const TableLine& line : table.lines) {
      const auto of_row = row_results(out_, line.row);
      if (!of_row.empty()) results[line.row] = of_row;
    }
    return results;
  }

  void write_tables(const std::vector<StudyRun>& runs) const {
    for (const StudyTable& table : tables_) {
      const RowResults results = results_of(table, runs);
      const std::string start = (out_ / ("table-" + table.name)).string();
      write_atomically(start + ".md", study_markdown(table, results, budget_));
      write_atomically(start + ".csv", study_csv(table, results));
      write_study_plot(start + ".svg", table, results);
    }
  }

  /// "run 3 of 9: ot, seed 1; 2 done, about 1:10:00 to go". A run is guessed to take as long as its row's others did,
  /// or as all did.
  void print_progress(const std::vector<StudyRun>& runs, size_t current) const {
    std::map<std::string, std::pair<double, int64_t>> of_row;  // seconds, runs
    double all = 0, left = 0;
    int64_t done = 0;
    for (const StudyRun& run : runs) {
      const auto result = read_result(folder_of(run));
      if (!result) continue;
      of_row[run.row].first += result->seconds;
      ++of_row[run.row].second;
      all += result->seconds;
      ++done;
    }
    for (const StudyRun& run : runs) {
      if (done == 0 || read_result(folder_of(run))) continue;
      const auto row = of_row.find(run.row);
      left += row == of_row.end() ? all / static_cast<double>(done)
                                  : row->second.first / static_cast<double>(row->second.second);
    }
    const StudyRun& run = runs[current];
    std::cout << "\nrun " << current + 1 << " of " << runs.size() << ": " << run.row << ", seed " << run.seed << "; "
              << done << " done" << (done > 0 ? ", about " + duration_text(left) + " to go" : "") << std::endl;
  }

  fs::path out_;
  std::string init_;  ///< a checkpoint that every row starts from; empty: none
  Placement placement_;
  std::vector<StudyTable> tables_;
  RunData data_;
  std::string budget_;
};

constexpr const char* kCountingTable = "3";

int count_table_3(const CommandLine& line, const Options& options) {
  const std::vector<std::string> known = {"table",  "model",     "data",          "split",   "limit", "out",
                                          "device", "precision", "deterministic", "threads", "config"};
  for (const std::string& name : line.given_names()) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw UserError("--" + name + " has no effect on table 3, which counts a trained model's regions; leave it out");
  }
  if (options.model.empty())
    throw UserError("--model is missing: table 3 counts a trained model's regions; name a checkpoint");
  const LoadedModel loaded = load_model(options.model, options.compute.placement());
  const DataChoice choice = {options.data.data, options.data.split, options.data.limit};
  const DataSetPointer data = open_for_model(choice, loaded.class_names).data;
  StatusLine status;
  const RegionCounts counts = count_regions(*loaded.model, data, [&](int64_t done) {
    status.show("image " + std::to_string(done) + " of " + std::to_string(data->size()));
  });
  status.clear();
  const ModelSettings& model = loaded.settings.model;
  const std::string markdown =
      region_counts_markdown(counts, model,
                             options.model + " (step " + std::to_string(loaded.state.step) + "), " +
                                 std::to_string(data->size()) + " images of " + describe_choice(choice) + ", " +
                                 std::to_string(loaded.settings.regions.regions_per_image) + " regions each.");
  make_study_folder(options.out);
  write_atomically(fs::path(options.out) / "table-3.md", markdown);
  write_atomically(fs::path(options.out) / "table-3.csv", region_counts_csv(counts, model));
  std::cout << markdown << std::flush;
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
  const RunData data = open_run_data(options.data, shared);
  if (!data.val) {
    throw UserError("--val-split: there is no split " + options.data.val_split +
                    " to measure rows on; hold images back as said above");
  }
  claim_study_folder(options.out, data, options.init, shared);
  std::cout << "settings, but where a row is made of another value (" << options.preset << "):\n"
            << settings_lines(shared) << std::flush;
  const std::string budget = budget_text(options.preset, shared, options.data, data, options.init);
  return Study(options, tables, data, budget).train(runs);
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
  if (options.data.data.empty())
    throw UserError("--data is missing; name a folder of images, or scenes; see study --help");
  if (options.out.empty()) throw UserError("--out is missing; name a folder for the study; see study --help");
  return names == std::vector<std::string>{kCountingTable} ? count_table_3(line, options)
                                                           : train_tables(line, options, names);
}

}  // namespace
}  // namespace intertwiner

int main(int argc, char** argv) {
  return intertwiner::run_program("study", [&] { return intertwiner::study(argc, argv); });
}
