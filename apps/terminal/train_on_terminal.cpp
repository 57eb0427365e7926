#include "apps/terminal/train_on_terminal.h"

#include <algorithm>
#include <csignal>
#include <iostream>
#include <optional>

#include "apps/report/event_file.h"
#include "apps/terminal/metrics_table.h"
#include "apps/terminal/program.h"
#include "apps/terminal/progress.h"
#include "apps/terminal/step_status.h"
#include "engine/communication/communicator.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

using Numbers = std::vector<std::pair<std::string, double>>;

/// The numbers of a step for TensorBoard.
Numbers event_numbers(const StepProgress& progress) {
  Numbers numbers = {{"loss/total", progress.report.total},
                     {"train/learning_rate", progress.report.learning_rate},
                     {"train/gradient_norm", progress.report.gradient_norm},
                     {"train/images_per_second", static_cast<double>(progress.images) / progress.seconds}};
  for (const auto& [name, loss] : named_losses(progress.report.losses)) numbers.emplace_back("loss/" + name, loss);
  return numbers;
}

/// The numbers of an evaluation, without those of sizes that have no objects.
Numbers event_numbers(const CocoMetrics& metrics) {
  Numbers numbers;
  for (const auto& [name, value] : Numbers{{"AP/AP", metrics.ap},
                                           {"AP/AP50", metrics.ap50},
                                           {"AP/AP75", metrics.ap75},
                                           {"AP/small", metrics.ap_small},
                                           {"AP/medium", metrics.ap_medium},
                                           {"AP/large", metrics.ap_large}})
    if (value >= 0) numbers.emplace_back(name, value);
  return numbers;
}

/// Shows a run on the terminal, and stops it after a signal.
class TerminalObserver : public RunObserver {
 public:
  void write_events_to(const std::string& folder, int64_t step) { events_.emplace(folder, step); }

  void on_step(const StepProgress& progress) override {
    if (events_) events_->write(progress.step, event_numbers(progress));
    smoothed_.add(progress);
    if (!line_.is_due()) return;
    StepStatus status = smoothed_.status(progress);
    status.ap = ap_;
    if (line_.is_on_terminal())
      line_.show_row(status_header(status), status_row(status));
    else
      line_.show(status_line(status));
  }

  void on_evaluating(int64_t done, int64_t images) override {
    line_.show("evaluating: image " + std::to_string(done) + " of " + std::to_string(images));
  }

  void on_evaluation(const EvaluationProgress& progress) override {
    const std::string start = format("step %lld, epoch %.2f: ", static_cast<long long>(progress.step), progress.epoch);
    line_.print(evaluation_lines(start, progress.metrics));
    if (events_) events_->write(progress.step, event_numbers(progress.metrics));
    if (progress.metrics.ap >= 0) ap_ = progress.metrics.ap;
    left_out_ = progress.unreadable;
  }

  void on_message(const std::string& text) override { line_.print(printable(text)); }
  bool should_continue() override { return stop_signal() == 0; }
  int64_t left_out() const { return left_out_; }

 private:
  StatusLine line_;
  SmoothedSteps smoothed_;
  std::optional<double> ap_;  ///< of the last evaluation
  std::optional<EventFile> events_;
  int64_t left_out_ = 0;  ///< validation images that could not be read, of the last evaluation
};

/// For processes that print nothing.
class SilentObserver : public RunObserver {
 public:
  bool should_continue() override { return stop_signal() == 0; }
};

/// `first`: the step at which this process began or resumed the run.
std::string done_text(const TrainingRun& run, int64_t first) {
  const RunState& state = run.state();
  std::string done = "done: " + std::to_string(state.step) + " steps";
  if (first > 0) done += ", the last " + std::to_string(state.step - first) + " of them";
  done += " in " + duration_text(now_seconds() - run.started());
  if (!run.data().val.data) return done;
  if (state.best_score < 0) return done + "; no AP: the validation images have no objects";
  return done + format("; best AP %.3f after step %lld", state.best_score, static_cast<long long>(state.best_step));
}

}  // namespace

void initialise_and_print(TrainingRun& run, const std::string& file) {
  for (const std::string& line : report_lines(run.initialise_from(file), file)) std::cout << printable(line) << '\n';
  std::cout << std::flush;
}

int stop_code() { return kStopped + (stop_signal() == 0 ? SIGTERM : stop_signal()); }

int train_on_terminal(TrainingRun& run, const std::string& to_continue, const std::string& tensorboard) {
  catch_stop_signals();
  if (run.processes().rank() > 0) {
    SilentObserver observer;
    return run.train(observer) == RunEnd::finished ? 0 : stop_code();
  }
  TerminalObserver observer;
  const int64_t first = run.state().step;
  if (!tensorboard.empty()) observer.write_events_to(tensorboard, first);
  if (run.train(observer) == RunEnd::stopped) {
    observer.on_message("stopped after step " + std::to_string(run.state().step) +
                        ", saved; to continue: " + to_continue);
    return stop_code();
  }
  observer.on_message(done_text(run, first));
  std::cout << "to use it: " << command_of("detect") << " --model " << shell_word(run.folder().best().string())
            << " IMAGE --out DIR" << std::endl;
  if (observer.left_out() == 0) return 0;
  print_error("validation images that could not be read and were left out: " + std::to_string(observer.left_out()) +
              "; replace or remove them");
  return 2;
}

}  // namespace intertwiner
