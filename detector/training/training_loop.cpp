#include "detector/training/training_loop.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>
#include <span>
#include <system_error>
#include <vector>

#include "data/join.h"
#include "data/loader.h"
#include "detector/clock.h"
#include "detector/detect.h"
#include "detector/evaluation/coco_results.h"
#include "detector/evaluation/evaluate.h"
#include "detector/model/internet.h"
#include "detector/settings/settings_toml.h"
#include "detector/training/logged_run.h"
#include "detector/training/run_clock.h"
#include "detector/training/run_data.h"
#include "detector/training/run_length.h"
#include "detector/training/run_log.h"
#include "engine/communication/agreement.h"
#include "engine/files/atomic_file.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr size_t kMeasuredSteps = 20;  // before the costs are measured

/// Ids of the images in `all` that are not in `some`. Both have the same order.
std::vector<int64_t> ids_missing_in(const DataSet& some, const DataSet& all) {
  std::vector<int64_t> missing;
  for (int64_t i = 0, k = 0; i < all.size(); ++i) {
    if (k < some.size() && some.record(k).id == all.record(i).id)
      ++k;
    else
      missing.push_back(all.record(i).id);
  }
  return missing;
}

class TrainingLoop {
 public:
  explicit TrainingLoop(const LoopSubject& run)
      : run_(run), settings_(run.trainer.settings().train), processes_(run.trainer.processes()) {
    run_on_all(processes_, [&] { loader_.emplace(run.train_data, loader_options(run)); });
    run_on_first(processes_, [&] {
      log_.emplace(run.folder.log());
      require_unchanged();
    });
  }

  RunEnd run() {
    begin();
    for (;;) {
      if (any(processes_, !run_.observer.should_continue())) return stop();
      if (has_clock_ && state().total_steps == 0) look_at_clock();
      if (!evaluate_if_due()) return stop();
      if (state().total_steps > 0 && state().step >= state().total_steps) return finish();
      step();
      if (!is_measured_) measure_costs();
      const bool is_due = now_seconds() - saved_at_ >= settings_.save_every * 60;
      if (from_first(processes_, is_due ? 1 : 0) != 0) save();
    }
  }

 private:
  static LoaderOptions loader_options(const LoopSubject& run) {
    LoaderOptions options = training_loader_options(run.trainer.settings());
    options.first_step = run.trainer.state().step;
    options.parts.first = run.trainer.processes().rank();
    options.parts.stride = run.trainer.processes().size();
    options.device = run.trainer.model().parameters().device();
    if (run.notes.mosaic_end_step >= 0) options.mosaic_end_step = run.notes.mosaic_end_step;
    return options;
  }

  /// The log is locked only now: another process may have trained the run further since its checkpoint was read or
  /// saved.
  void require_unchanged() const {
    std::error_code missing;
    const auto saved_at = std::filesystem::last_write_time(run_.folder.last(), missing);
    if (!run_.saved_at || (!missing && saved_at == *run_.saved_at)) return;
    throw UserError(run_.folder.last().string() + ": another process replaced or removed it meanwhile; resume the run");
  }

  RunState& state() { return run_.trainer.state(); }
  double epoch() { return static_cast<double>(state().step) / static_cast<double>(state().steps_per_epoch); }
  RunLog::Position position(double seconds) { return {state().step, epoch(), seconds}; }

  void begin() {
    state().steps_per_epoch = loader_->steps_per_epoch();
    const double steps_per_epoch = static_cast<double>(state().steps_per_epoch);
    if (state().total_steps == 0 && settings_.steps > 0) state().total_steps = settings_.steps;
    if (state().total_steps == 0 && settings_.minutes == 0) {
      state().total_steps = std::max<int64_t>(1, std::llround(settings_.epochs * steps_per_epoch));
    }
    if (run_.notes.eval_every > 0) {
      run_.notes.steps_per_eval = std::max<int64_t>(1, std::llround(run_.notes.eval_every * steps_per_epoch));
    }
    has_clock_ = state().total_steps == 0;
    if (has_clock_) {
      run_on_first(processes_, [&] {
        clock_.emplace(settings_.minutes, state().share, run_.started,
                       run_.is_new ? std::deque<double>{} : log_->shares_after(state().step));
      });
    }
    decide_mosaic_end();
    saved_at_ = now_seconds();
    if (state().step > 0) {
      run_on_first(processes_, [&] { log_->keep_until({state().step, run_.notes.evaluated_step == state().step}); });
      return;
    }
    // A checkpoint before the first step lets the run be resumed from the start, and finds a full disk early. Only then
    // are the other files of an overwritten run removed.
    save();
    run_on_first(processes_, [&] {
      log_->keep_until({});
      std::error_code ignored;
      for (const std::filesystem::path& old :
           {run_.folder.best(), run_.folder.results(), run_.folder.detections(), run_.folder.report()})
        std::filesystem::remove(old, ignored);
      write_atomically(run_.folder.settings(), settings_toml(run_.trainer.settings()));
    });
  }

  void step() {
    const double begin = now_seconds();
    const std::vector<Batch> shards = next_shards();
    const StepReport report = checked_step(shards);
    const double seconds = now_seconds() - begin;
    step_seconds_.push_back(seconds);
    run_on_first(processes_, [&] {
      log_->step(position(seconds), report, static_cast<double>(settings_.batch) / seconds,
                 has_clock_ ? state().share : -1);
    });
    run_.observer.on_step({.step = state().step,
                           .total_steps = expected_steps(),
                           .epoch = epoch(),
                           .images = settings_.batch,
                           .seconds = seconds,
                           .evaluation_seconds_left = remaining_evaluations() * evaluation_seconds_,
                           .report = report});
  }

  /// The shards of the next batch that this process computes.
  std::vector<Batch> next_shards() {
    std::vector<Batch> shards;
    try {
      run_on_all(processes_, [&] {
        for (int64_t i = 0; i < settings_.shards / processes_.size(); ++i) shards.push_back(loader_->next());
      });
    } catch (const UserError&) {
      save();  // the run can continue here once the user has repaired the image
      throw;
    }
    return shards;
  }

  StepReport checked_step(std::span<const Batch> shards) {
    try {
      return run_.trainer.step(shards);
    } catch (const NotFinite& error) {
      std::string names;
      for (const Batch& batch : shards) names += (names.empty() ? "" : ", ") + joined(batch.names);
      const std::string all_names = joined(gather_texts(processes_, names));
      const std::string why = error.what();
      run_on_first(processes_, [&] {
        throw TrainingFailed("step " + std::to_string(state().step + 1) + ": " + why + "; the images were " +
                             all_names +
                             "; start a new run with a lower learning rate, for example from the weights of " +
                             run_.folder.last().string());
      });
      throw;
    }
  }

  /// For a length in minutes: the share of the next step, and the end of the run.
  void look_at_clock() {
    state().share = from_first(processes_, clock_ ? clock_->next(evaluation_seconds_) : 0);
    if (state().share >= 1 && state().step > 0) state().total_steps = state().step;
    decide_mosaic_end();
  }

  /// The number of steps; for a length in minutes an estimate, and 0 at the start.
  int64_t expected_steps() {
    constexpr double kKnownShare = 0.02;
    if (state().total_steps > 0 || state().share < kKnownShare) return state().total_steps;
    return std::max<int64_t>(state().step + 1, std::llround(static_cast<double>(state().step) / state().share));
  }

  /// Measures a step and an evaluation, after a few steps. The first decides the evaluation interval, the second what
  /// is kept of the minutes.
  void measure_costs() {
    const bool needs_interval = run_.val_data && run_.notes.eval_every < 0 && run_.notes.steps_per_eval == 0;
    const bool is_urgent = has_clock_ && state().share > 0.25;
    if (step_seconds_.size() < kMeasuredSteps && !is_urgent) return;
    is_measured_ = true;
    if (!needs_interval && !has_clock_) return;
    MeasuredCosts costs;
    costs.seconds_per_step = typical_step_seconds(step_seconds_);
    if (run_.val_data) costs.seconds_per_evaluation = estimate_evaluation();
    evaluation_seconds_ = costs.seconds_per_evaluation;
    if (needs_interval) {
      const auto steps = static_cast<double>(choose_steps_per_evaluation(costs, state().steps_per_epoch));
      run_.notes.steps_per_eval = static_cast<int64_t>(from_first(processes_, steps));
      save();  // a resumed run must not decide again
    }
    if (!has_clock_) return;
    const double left = settings_.minutes * 60 * (1 - state().share) - costs.seconds_per_evaluation;
    const double steps = static_cast<double>(state().step) + std::max(0.0, left / costs.seconds_per_step);
    run_.observer.on_message(format("%g minutes are about %.0f steps (%.2f epochs) of %.2f s", settings_.minutes, steps,
                                    steps / static_cast<double>(state().steps_per_epoch), costs.seconds_per_step));
  }

  /// As soon as it is known. The notes keep the result, so a resumed run has the same.
  void decide_mosaic_end() {
    const AugmentSettings& augment = run_.trainer.settings().augment;
    if (augment.pieces.mosaic == 0 || run_.notes.mosaic_end_step >= 0) return;
    const int64_t loaded = state().step + LoaderOptions{}.prefetch;
    if (state().total_steps > 0)
      run_.notes.mosaic_end_step = mosaic_end_step(augment.mosaic_end, state().total_steps, loaded);
    else if (state().share >= augment.mosaic_end)
      run_.notes.mosaic_end_step = loaded;
    else
      return;
    loader_->end_mosaic_at(run_.notes.mosaic_end_step);
  }

  double estimate_evaluation() {
    constexpr int64_t kImages = 4;
    const double begin = now_seconds();
    const DataSetPointer few = take_first(run_.val_data, kImages);
    try {
      evaluate(run_.trainer.model(), run_.trainer.settings(), few);
    } catch (const TooLittleMemory&) {
      throw;
    } catch (const UserError&) {  // none of the few can be read; an evaluation of all may still find some
    }
    const double images = static_cast<double>(run_.val_data->size()) / processes_.size();
    return (now_seconds() - begin) * images / static_cast<double>(few->size());
  }

  /// Returns false if the observer stopped the run during the evaluation.
  bool evaluate_if_due() {
    const bool is_due = is_evaluation_due(state().step, expected_steps(), run_.notes.steps_per_eval);
    if (!run_.val_data || !is_due || run_.notes.evaluated_step == state().step) return true;
    if (!evaluate_and_keep_best()) return false;
    save();
    write_results();
    return true;
  }

  /// Returns false if the observer stopped the run during the evaluation.
  bool evaluate_and_keep_best() {
    const AveragedWeights averaged(run_.trainer);
    const double begin = now_seconds();
    const auto progress = [&](int64_t done) {
      run_.observer.on_evaluating(done, run_.val_data->size());
      return run_.observer.should_continue();
    };
    const std::optional<Evaluation> evaluation =
        evaluate(run_.trainer.model(), run_.trainer.settings(), run_.val_data, progress, {}, &processes_);
    if (!evaluation) return false;
    evaluation_seconds_ = now_seconds() - begin;
    for (const std::string& mistake : evaluation->unreadable) run_.observer.on_message(mistake);
    run_on_first(processes_, [&] { log_->evaluation(position(evaluation_seconds_), evaluation->coco); });
    const double ap = evaluation->coco.ap;
    const bool is_better = ap > state().best_score || state().best_step == 0;
    // Without an AP, because the validation images have no objects, the last model is the best.
    const bool is_best = is_better || (ap < 0 && state().best_score < 0);
    run_.notes.evaluated_step = state().step;
    if (is_best) {
      state().best_score = ap;
      run_.notes.unread_images = ids_missing_in(*evaluation->data, *run_.val_data);
      state().best_step = state().step;
      run_.trainer.save(run_.folder.best(), true);
      run_on_first(processes_, [&] {
        write_coco_results(run_.folder.detections(), evaluation->detections, run_.val_data->category_ids());
      });
    }
    run_.observer.on_evaluation(
        {state().step, epoch(), evaluation->coco, is_best, static_cast<int64_t>(evaluation->unreadable.size())});
    if (settings_.patience > 0 && ap >= 0) lose_patience(is_better);
    return true;
  }

  /// Ends the run after too many evaluations without a better AP.
  void lose_patience(bool is_better) {
    int64_t& count = run_.notes.evaluations_without_gain;
    count = is_better ? 0 : count + 1;
    if (count < settings_.patience || state().step == state().total_steps) return;
    run_.observer.on_message("no better AP in " + std::to_string(count) + " evaluations (patience " +
                             std::to_string(settings_.patience) + "): the training stops here");
    state().total_steps = state().step;
  }

  void save_average_as_best() {
    const AveragedWeights averaged(run_.trainer);
    run_.trainer.save(run_.folder.best(), true);
  }

  void save() {
    // Before the checkpoint, so that the log on the disk is never older.
    run_on_first(processes_, [&] { log_->flush(); });
    state().notes = notes_to_json(run_.notes);
    run_.trainer.save(run_.folder.last());
    run_on_first(processes_, [&] { run_.saved_at = std::filesystem::last_write_time(run_.folder.last()); });
    saved_at_ = now_seconds();
  }

  void write_results() {
    run_on_first(processes_, [&] { write_results_csv(run_.folder.results(), read_log(run_.folder.log())); });
  }

  RunEnd stop() {
    save();
    if (state().best_step == 0) save_average_as_best();  // the next evaluation replaces it
    write_results();
    return RunEnd::stopped;
  }

  RunEnd finish() {
    if (!run_.val_data) {
      state().best_step = state().step;
      save_average_as_best();
      save();
    }
    write_results();  // also of a finished run that was killed before it had them
    return RunEnd::finished;
  }

  double remaining_evaluations() {
    if (!run_.val_data) return 0;
    const int64_t left = expected_steps() - state().step, interval = run_.notes.steps_per_eval;
    return interval > 0 ? static_cast<double>(std::max<int64_t>(1, left / interval)) : 1;
  }

  const LoopSubject run_;
  const TrainSettings settings_;
  Communicator& processes_;
  std::optional<Loader> loader_;
  std::optional<RunLog> log_;         ///< in process 0
  bool has_clock_ = false;            ///< the run's length is in minutes
  std::optional<RunClock> clock_;     ///< then, in process 0
  std::vector<double> step_seconds_;  ///< of this process
  bool is_measured_ = false;          ///< measure_costs is done
  double evaluation_seconds_ = 0;     ///< duration of the last evaluation, or an estimate
  double saved_at_ = 0;
};

}  // namespace

RunEnd training_loop(const LoopSubject& subject) { return TrainingLoop(subject).run(); }

}  // namespace intertwiner
