#include "detector/training/training_run.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <optional>
#include <system_error>
#include <vector>

#include "apps/evaluation.h"
#include "apps/terminal/program.h"
#include "apps/terminal/progress.h"
#include "apps/terminal/settings_text.h"
#include "apps/terminal/step_status.h"
#include "data/join.h"
#include "data/loader.h"
#include "detector/detect.h"
#include "detector/model/internet.h"
#include "detector/training/run_length.h"
#include "detector/training/train_log.h"
#include "engine/error.h"
#include "engine/files/atomic_file.h"

namespace intertwiner {
namespace {

constexpr size_t kWarmupSteps = 20, kUnmeasuredSteps = 5;  // the first steps fill caches and say little
constexpr double kTimeKeptBack = 0.03;                     // of --minutes, for checkpoints and what varies

class Loop {
 public:
  explicit Loop(TrainingRun& run)
      : run_(run),
        settings_(run.trainer.settings().train),
        loader_(run.train_data, loader_options(run)),
        log_(run.folder.log(), {run.trainer.state().step, run.notes.evaluated_step == run.trainer.state().step}) {}

  int run() {
    begin();
    for (;;) {
      if (stop_signal() != 0 || !evaluate_if_due()) return stop();
      if (state().total_steps > 0 && state().step >= state().total_steps) return finish();
      step();
      if (!is_decided()) decide_length();
      if (now_seconds() - saved_at_ >= settings_.save_every * 60) save();
    }
  }

 private:
  static LoaderOptions loader_options(const TrainingRun& run) {
    const Settings& settings = run.trainer.settings();
    LoaderOptions options;
    options.batch_size = settings.train.batch;
    options.seed = settings.train.seed;
    options.workers = settings.train.loader_workers;
    options.first_step = run.trainer.state().step;
    options.input = input_size(settings.input);
    options.device = run.trainer.model().parameters().device();
    for (const double side : settings.input.train_short_sides) options.short_sides.push_back(std::llround(side));
    options.flip_probability = settings.train.flip;
    options.skip_images_without_objects = settings.train.skip_empty;
    return options;
  }

  RunState& state() { return run_.trainer.state(); }
  double epoch() { return static_cast<double>(state().step) / static_cast<double>(state().steps_per_epoch); }
  TrainLog::Place place(double seconds) { return {state().step, epoch(), seconds}; }

  void begin() {
    state().steps_per_epoch = loader_.steps_per_epoch();
    const double steps_per_epoch = static_cast<double>(state().steps_per_epoch);
    if (state().total_steps == 0 && settings_.steps > 0) state().total_steps = settings_.steps;
    if (state().total_steps == 0 && settings_.minutes == 0) {
      state().total_steps = std::max<int64_t>(1, std::llround(settings_.epochs * steps_per_epoch));
    }
    if (run_.notes.eval_every > 0) {
      run_.notes.steps_per_eval = std::max<int64_t>(1, std::llround(run_.notes.eval_every * steps_per_epoch));
    }
    saved_at_ = now_seconds();
    if (state().step > 0) return;
    // A checkpoint before the first step: the run can be resumed from now on, and a full disk shows before the work is
    // done.
    save();
    std::error_code ignored;
    std::filesystem::remove(run_.folder.best(), ignored);  // of a run that --overwrite replaces
    write_atomically(run_.folder.settings(), settings_toml(run_.trainer.settings()));
  }

  void step() {
    const double begin = now_seconds();
    const Batch batch = next_batch();
    const StepReport report = checked_step(batch);
    const double seconds = now_seconds() - begin;
    step_seconds_.push_back(seconds);
    smoothed_.add(report, seconds);
    log_.step(place(seconds), report, static_cast<double>(batch.size()) / seconds);
    if (status_.is_due()) show_status(report);
  }

  Batch next_batch() {
    try {
      return loader_.next();
    } catch (const UserError&) {
      save();  // once the image is mended, the run goes on from here
      throw;
    }
  }

  StepReport checked_step(const Batch& batch) {
    try {
      return run_.trainer.step(batch);
    } catch (const NotFinite& error) {
      std::string names;
      for (const std::string& name : batch.names) names += (names.empty() ? "" : ", ") + name;
      throw TrainingFailed("step " + std::to_string(state().step + 1) + ": " + error.what() + "; the images were " +
                           names + "; start again with a lower --learning-rate, perhaps with --init " +
                           run_.folder.last().string() + ", the last checkpoint");
    }
  }

  bool is_decided() {
    const bool has_interval = !run_.val_data || run_.notes.eval_every >= 0 || run_.notes.steps_per_eval > 0;
    return state().total_steps > 0 && has_interval;
  }

  /// Once a few steps have been timed: how often to evaluate, and how many steps --minutes are.
  void decide_length() {
    const double budget = settings_.minutes * 60;
    const double elapsed = now_seconds() - run_.started_seconds;
    const bool is_urgent = budget > 0 && elapsed > budget / 4;
    if (step_seconds_.size() < kWarmupSteps && !is_urgent) return;
    std::vector<double> seconds(
        step_seconds_.begin() + static_cast<std::ptrdiff_t>(std::min(kUnmeasuredSteps, step_seconds_.size() - 1)),
        step_seconds_.end());
    const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
    std::nth_element(seconds.begin(), middle, seconds.end());
    MeasuredCosts costs;
    costs.seconds_per_step = *middle;
    if (run_.val_data) costs.seconds_per_evaluation = estimate_evaluation();
    evaluation_seconds_ = costs.seconds_per_evaluation;
    if (run_.val_data && run_.notes.eval_every < 0) {
      run_.notes.steps_per_eval = choose_steps_per_evaluation(costs, state().steps_per_epoch);
    }
    if (state().total_steps > 0) return;
    const double left = budget * (1 - kTimeKeptBack) - (now_seconds() - run_.started_seconds);
    state().total_steps = state().step + steps_that_fit(left, costs, run_.notes.steps_per_eval);
    char text[160];
    std::snprintf(text, sizeof text, "%g minutes are %lld steps (%.2f epochs) of %.2f s", settings_.minutes,
                  static_cast<long long>(state().total_steps),
                  static_cast<double>(state().total_steps) / static_cast<double>(state().steps_per_epoch),
                  costs.seconds_per_step);
    status_.print(text);
  }

  double estimate_evaluation() {
    constexpr int64_t kImages = 4;
    const double begin = now_seconds();
    const DataSetPointer few = take_first(run_.val_data, kImages);
    evaluate(run_.trainer.model(), run_.trainer.settings(), few);
    return (now_seconds() - begin) * static_cast<double>(run_.val_data->size()) / static_cast<double>(few->size());
  }

  /// False if a signal asked to stop meanwhile.
  bool evaluate_if_due() {
    const bool is_due = is_evaluation_due(state().step, state().total_steps, run_.notes.steps_per_eval);
    if (!run_.val_data || !is_due || run_.notes.evaluated_step == state().step) return true;
    const double begin = now_seconds();
    const std::optional<Evaluation> evaluation =
        evaluate(run_.trainer.model(), run_.trainer.settings(), run_.val_data, [&](int64_t done) {
          status_.show("evaluating: image " + std::to_string(done) + " of " + std::to_string(run_.val_data->size()));
          return stop_signal() == 0;
        });
    if (!evaluation) return false;
    evaluation_seconds_ = now_seconds() - begin;
    log_.evaluation(place(evaluation_seconds_), evaluation->coco);
    char head[80];
    std::snprintf(head, sizeof head, "step %lld, epoch %.2f: ", static_cast<long long>(state().step), epoch());
    status_.print(evaluation_lines(head, evaluation->coco));
    run_.notes.evaluated_step = state().step;
    if (evaluation->coco.ap > state().best_score || state().best_step == 0) {
      state().best_score = evaluation->coco.ap;
      state().best_step = state().step;
      run_.trainer.save(run_.folder.best(), true);
    }
    save();
    return true;
  }

  void save() {
    log_.flush();  // first, so that the log on the disk is never behind the checkpoint
    state().notes = notes_to_json(run_.notes);
    run_.trainer.save(run_.folder.last());
    saved_at_ = now_seconds();
  }

  int stop() {
    save();
    const std::string go_on = run_.go_on.empty() ? "train --resume " + run_.folder.path.string() : run_.go_on;
    status_.print("stopped after step " + std::to_string(state().step) + ", saved; to go on: " + go_on);
    return 128 + stop_signal();
  }

  int finish() {
    if (!run_.val_data) {
      state().best_step = state().step;
      run_.trainer.save(run_.folder.best(), true);
      save();
    }
    char text[120];
    std::snprintf(text, sizeof text, "done: %lld steps in %s", static_cast<long long>(state().step),
                  duration_text(now_seconds() - run_.started_seconds).c_str());
    status_.print(text + (run_.val_data ? best_text() : std::string()));
    std::cout << "to use it: detect --model " << run_.folder.best().string() << " IMAGE --out DIR" << std::endl;
    return 0;
  }

  std::string best_text() {
    char text[80];
    std::snprintf(text, sizeof text, "; best AP %.3f after step %lld", std::max(0.0, state().best_score),
                  static_cast<long long>(state().best_step));
    return text;
  }

  void show_status(const StepReport& report) {
    const double seconds = smoothed_.seconds_per_step();
    StepStatus status;
    status.step = state().step;
    status.total_steps = state().total_steps;
    status.epoch = epoch();
    status.images_per_second = static_cast<double>(settings_.batch) / seconds;
    status.learning_rate = report.learning_rate;
    status.seconds_left = static_cast<double>(state().total_steps - state().step) * seconds +
                          remaining_evaluations() * evaluation_seconds_;
    smoothed_.describe(status);
    if (status_.is_on_terminal())
      status_.show_row(status_header(status), status_row(status));
    else
      status_.show(status_line(status));
  }

  double remaining_evaluations() {
    if (!run_.val_data) return 0;
    const int64_t left = state().total_steps - state().step, interval = run_.notes.steps_per_eval;
    return interval > 0 ? static_cast<double>(std::max<int64_t>(1, left / interval)) : 1;
  }

  TrainingRun& run_;
  const TrainSettings settings_;
  Loader loader_;
  TrainLog log_;
  StatusLine status_;
  SmoothedSteps smoothed_;
  std::vector<double> step_seconds_;  ///< of this process
  double evaluation_seconds_ = 0;     ///< of the last evaluation, or estimated
  double saved_at_ = 0;
};

}  // namespace

void start_from(Trainer& trainer, const std::string& file) {
  const Trainer::Taken result = trainer.initialise_from(file);
  std::cout << "from " << file << ": " << result.taken.size() << " tensors taken, " << result.left.size() << " left";
  for (size_t i = 0; i < result.left.size(); ++i) std::cout << (i == 0 ? ": " : ", ") << result.left[i];
  std::cout << std::endl;
  if (result.taken.empty())
    throw UserError(file + ": no tensor fits this model; choose the preset that it was trained with");
}

int train_to_the_end(TrainingRun& run) {
  catch_stop_signals();
  return Loop(run).run();
}

}  // namespace intertwiner
