#include "apps/study/study.h"

#include <algorithm>
#include <csignal>
#include <iostream>
#include <map>

#include "apps/study/study_results.h"
#include "apps/terminal/program.h"
#include "apps/terminal/progress.h"
#include "apps/terminal/train_on_terminal.h"
#include "detector/settings/settings_json.h"
#include "detector/training/checkpoint.h"
#include "detector/training/training_run.h"
#include "engine/communication/agreement.h"
#include "engine/files/atomic_file.h"
#include "engine/files/paths.h"
#include "engine/text.h"

namespace intertwiner {

Study::Study(StudyPlan plan, std::vector<StudyRun> runs) : plan_(std::move(plan)), runs_(std::move(runs)) {
  for (StudyRun& run : runs_) {
    if (read_result(folder_of(run)))
      settle_buffer_window(run.settings, plan_.data.train.data);  // a smaller computer may print the tables
    else
      run.settings = TrainingRun::checked_settings(options_of(run));
  }
}

int Study::train(Communicator& processes) {
  run_on_first(processes, [&] {
    for (const StudyRun& run : runs_) check_stored(run);
  });
  catch_stop_signals();  // also in a process that has no run to train
  const auto rank = static_cast<size_t>(processes.rank()), count = static_cast<size_t>(processes.size());
  int code = 0;
  // An error ends all processes at once, because the others may train for hours. When study is started again, they go
  // on from their last checkpoints.
  for (size_t i = rank; i < runs_.size() && code < kStopped; i += count) {
    if (read_result(folder_of(runs_[i]))) continue;
    print_progress(i, processes.size());
    code = std::max(code, train_one(runs_[i]));
    if (rank == 0) write_tables();
  }
  const bool is_stopped = any(processes, code >= kStopped);
  run_on_first(processes, [&] { write_tables(); });
  if (is_stopped) return code >= kStopped ? code : stop_code();  // else another process was stopped
  for (const StudyTable& table : plan_.tables)
    std::cout << "\n" << study_markdown(table, results_of(table), plan_.budget);
  std::cout << "\nwritten to " << printable(plan_.out.string()) << ": table-NAME.md, .csv and .svg" << std::endl;
  return code;
}

RunFolder Study::folder_of(const StudyRun& run) const { return study_run_folder(plan_.out, run.row, run.seed); }

/// Throws UserError if the folder of this run has a run with other settings.
void Study::check_stored(const StudyRun& run) const {
  const RunFolder folder = folder_of(run);
  if (const auto result = read_result(folder))
    return require_same_settings(folder.path, result->settings, run.settings);
  if (path_exists(folder.last()))
    require_same_settings(folder.path, settings_to_json(read_checkpoint(folder.last()).header.settings), run.settings);
}

RunOptions Study::options_of(const StudyRun& run) const {
  return {.folder = folder_of(run).path,
          .settings = run.settings,
          .data = plan_.data,
          .eval_every = plan_.eval_every,
          .where = plan_.where,
          .overwrite = true,
          .inputs = {plan_.init}};
}

TrainingRun Study::open(const StudyRun& study_run) const {
  const RunFolder folder = folder_of(study_run);
  if (path_exists(folder.last()))
    return TrainingRun::resume(folder.path,
                               {.data = plan_.data, .where = plan_.where, .change_settings = [&](Settings& settings) {
                                  settings = study_run.settings;
                                }});
  TrainingRun run = TrainingRun::start(options_of(study_run));
  if (!plan_.init.empty()) initialise_and_print(run, plan_.init);
  return run;
}

int Study::train_one(const StudyRun& study_run) const {
  TrainingRun run = open(study_run);
  std::string failed;
  int code = 0;
  try {
    code = train_on_terminal(run, "the same study command");
    if (code >= kStopped) return code;
  } catch (const TrainingFailed& error) {
    failed = error.what();
    std::cout << "failed: " << failed << std::endl;
  }
  StudyResult result = result_of_log(run.folder());
  result.failed = failed;
  result.settings = settings_to_json(study_run.settings);
  write_result(run.folder(), result);
  return code;
}

/// The results of a table's rows. Rows of earlier studies in the folder are included.
RowResults Study::results_of(const StudyTable& table) const {
  RowResults results;
  for (const StudyRun& run : runs_) results[run.row];
  for (const TableLine& line : table.lines) {
    const auto results_of_row = row_results(plan_.out, line.row);
    if (!results_of_row.empty()) results[line.row] = results_of_row;
  }
  return results;
}

void Study::write_tables() const {
  for (const StudyTable& table : plan_.tables) {
    const RowResults results = results_of(table);
    const std::string start = (plan_.out / ("table-" + table.name)).string();
    write_atomically(start + ".md", study_markdown(table, results, plan_.budget));
    write_atomically(start + ".csv", study_csv(table, results));
    write_study_plot(start + ".svg", table, results);
  }
}

void Study::print_progress(size_t current, int processes) const {
  std::map<std::string, std::pair<double, int64_t>> times;  // of each row: seconds, runs
  double all = 0, left = 0;
  int64_t done = 0;
  for (const StudyRun& run : runs_) {
    const auto result = read_result(folder_of(run));
    if (!result) continue;
    times[run.row].first += result->seconds;
    ++times[run.row].second;
    all += result->seconds;
    ++done;
  }
  for (const StudyRun& run : runs_) {
    if (done == 0 || read_result(folder_of(run))) continue;
    const auto row = times.find(run.row);
    left += row == times.end() ? all / static_cast<double>(done)
                               : row->second.first / static_cast<double>(row->second.second);
  }
  const StudyRun& run = runs_[current];
  std::cout << "\nrun " << current + 1 << " of " << runs_.size() << ": " << run.row << ", seed " << run.seed << "; "
            << done << " done" << (done > 0 ? ", about " + duration_text(left / processes) + " left" : "") << std::endl;
}

}  // namespace intertwiner
