#include "detector/training/training_run.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "data/batch.h"
#include "detector/evaluation/evaluate.h"
#include "detector/model/memory_check.h"
#include "detector/settings/settings_check.h"
#include "engine/communication/agreement.h"
#include "engine/communication/single_process.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

/// A resumed run must have the same number of images, because it decides which images a step gets.
void require_same_data(const RunNotes& notes, const CheckpointHeader& header, const DataSet& data) {
  const std::string name = notes.train_data.specs.empty() ? "the data set" : describe_selection(notes.train_data);
  if (data.class_names() != header.class_names)
    throw UserError(name + ": has other classes than the run; give the data that the run was trained on");
  if (data.size() == notes.images) return;
  throw UserError(name + ": has " + std::to_string(data.size()) + " images now, but had " +
                  std::to_string(notes.images) +
                  " when the run began; restore the data, or start a new run from the weights");
}

/// Throws UserError if training would compare labels of different classes, if a label is no class, or if a corner of
/// a box is not finite. The formats of this library check their files, but a program may give its own data.
void require_labels(const RunData& data) {
  const std::vector<std::string>& names = data.train.data->class_names();
  if (data.val.data && (data.val.data->class_names() != names || data.val.data->category_ids().size() != names.size()))
    throw UserError(
        "the validation data has other classes than the training data, or another order of them; give both "
        "the same class names");
  for (const RunDataSet* used : {&data.train, &data.val}) {
    for (int64_t i = 0; used->data && i < used->data->size(); ++i) {
      const ImageRecord& record = used->data->record(i);
      for (const Annotation& object : record.annotations) {
        const Box& box = object.box;
        if (object.label < 1 || static_cast<size_t>(object.label) > names.size())
          throw UserError(record.name + ": an object has label " + std::to_string(object.label) +
                          ", but the classes are 1 to " + std::to_string(names.size()) + "; correct the data set");
        if (!std::isfinite(box.x1) || !std::isfinite(box.y1) || !std::isfinite(box.x2) || !std::isfinite(box.y2))
          throw UserError(record.name + ": a box has a corner that is not finite; correct the data set");
      }
    }
  }
}

void require_objects(const DataSet& data, const AnnotationReport& report) {
  for (int64_t i = 0; i < data.size(); ++i) {
    if (!training_annotations(data.record(i)).empty()) return;
  }
  if (report.unreadable > 0) throw UserError(report.unreadable_messages.front());
  throw UserError("the training data has no object with a box to train on; correct the annotations");
}

OutputRules output_rules(const RunOptions& options) {
  OutputRules rules{.inputs = options.inputs, .overwrite = options.overwrite};
  for (const RunDataSet* used : {&options.data.train, &options.data.val}) {
    if (!used->data) continue;
    const std::vector<std::filesystem::path> files = used->data->files();
    rules.inputs.insert(rules.inputs.end(), files.begin(), files.end());
  }
  return rules;
}

/// Throws UserError if `log_gradients` is set for a network without intertwiner, or `check_numbers` for several
/// processes.
void require_possible(bool check_numbers, int64_t log_gradients, const ModelSettings& model, Communicator& processes) {
  if (log_gradients > 0 && !model.intertwiner)
    throw UserError(
        "log-gradients measures at the critic and the make-up layer, which this network does not have; choose a "
        "preset with the intertwiner, such as small");
  if (check_numbers && processes.size() > 1)
    throw UserError("check-numbers works in one process only; start one process, with the same shards");
}

/// Throws UserError if the largest images of a step do not fit into the memory.
void require_memory_for_step(const Settings& settings) {
  Settings largest = settings;
  const std::vector<double>& sides = settings.input.train_short_sides;
  if (!sides.empty()) largest.input.short_side = std::llround(*std::max_element(sides.begin(), sides.end()));
  require_memory_for(largest, settings.train.batch / settings.train.shards);
}

std::shared_ptr<Communicator> all_or_one(const std::shared_ptr<Communicator>& processes) {
  return processes ? processes : std::make_shared<SingleProcess>();
}

}  // namespace

Settings TrainingRun::checked_settings(const RunOptions& options) {
  if (!options.data.train.data) throw UserError("a run needs training data; open it with open_run_data");
  require_objects(*options.data.train.data, options.data.train.report);
  require_labels(options.data);
  Settings settings = options.settings;
  check_new_settings(settings);
  require_possible(options.check_numbers, options.log_gradients, settings.model, *all_or_one(options.processes));
  if (settings.train.patience > 0 && (!options.data.val.data || options.eval_every == 0)) {
    throw UserError(
        "patience: counts evaluations during the training, and there is none; give validation data, and an "
        "eval-every above 0, or leave it out");
  }
  require_memory_for_step(settings);
  if (options.data.val.data) require_memory_for(settings, kImagesAtOnce);
  settle_buffer_window(settings, options.data.train.data);
  return settings;
}

TrainingRun TrainingRun::start(const RunOptions& options) {
  const auto processes = all_or_one(options.processes);
  Settings settings;
  run_on_all(*processes, [&] { settings = checked_settings(options); });
  run_on_first(*processes, [&] { new_run_folder(options.folder, output_rules(options), true); });
  TrainingRun run({options.folder}, options.data, options.started, true);
  run.notes_ = notes_of(options.data, options.eval_every);
  run_on_all(*processes, [&] {
    const DataSet& data = *options.data.train.data;
    run.trainer_ =
        std::make_unique<Trainer>(settings, data.class_names(), data.category_ids(), options.where, processes);
  });
  run.trainer_->check_numbers(options.check_numbers);
  run.trainer_->log_gradients(options.log_gradients);
  return run;
}

TrainingRun TrainingRun::resume(const std::filesystem::path& path, const ResumeOptions& options) {
  const auto processes = all_or_one(options.processes);
  std::unique_ptr<Trainer> trainer;
  RunNotes notes;
  RunData data;
  fs::file_time_type saved_at;
  run_on_all(*processes, [&] {
    const RunFolder folder = existing_run_folder(path);
    saved_at = fs::last_write_time(folder.last());
    Checkpoint checkpoint = read_checkpoint(folder.last());
    CheckpointHeader& header = checkpoint.header;
    if (options.change_settings) options.change_settings(header.settings);
    require_possible(options.check_numbers, options.log_gradients, header.settings.model, *processes);
    require_memory_for_step(header.settings);
    trainer =
        std::make_unique<Trainer>(header.settings, header.class_names, header.category_ids, options.where, processes);
    trainer->load(checkpoint, folder.last());
    notes = notes_from_json(header.state.notes);
    data = options.data ? *options.data : reopen_run_data(notes, header.class_names);
    if (!data.train.data) throw UserError("a run needs training data; open it with open_run_data");
    require_same_data(notes, header, *data.train.data);
    require_labels(data);
  });
  trainer->check_numbers(options.check_numbers);
  trainer->log_gradients(options.log_gradients);
  TrainingRun run({path}, data, options.started, false);
  run.notes_ = notes;
  run.saved_at_ = saved_at;
  run.trainer_ = std::move(trainer);
  return run;
}

ImportReport TrainingRun::initialise_from(const std::filesystem::path& file) {
  ImportReport result = trainer_->initialise_from(file);
  if (result.taken.empty())
    throw UserError(file.string() +
                    ": no tensor fits this model; choose the backbone that the weights are for, such as --backbone "
                    "resnet50");
  return result;
}

RunEnd TrainingRun::train(RunObserver& observer) {
  const double started = std::exchange(next_started_, {}).value_or(now_seconds());
  const bool is_new = std::exchange(is_new_, false);
  return training_loop(
      {folder_, *trainer_, notes_, data_.train.data, data_.val.data, started, is_new, saved_at_, observer});
}

}  // namespace intertwiner
