#include "detector/training/run_data.h"

#include <cmath>

#include "detector/detect.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

RunDataSet open_run_data_set(const DataSelection& selection, const std::vector<std::string>& class_names) {
  OpenedDataSet opened = open_selection(selection, class_names);
  return {selection, std::move(opened.data), opened.report};
}

}  // namespace

AnnotationReport RunData::report() const {
  // Two folds of a split have the same report: that of the split.
  if (!train.selection.specs.empty() && train.selection.specs == val.selection.specs &&
      whole_split(train.selection.split) == whole_split(val.selection.split))
    return train.report;
  AnnotationReport both = train.report;
  both += val.report;
  return both;
}

RunData open_run_data(const DataSelection& train, DataSelection val) {
  RunData data;
  data.train = open_run_data_set(train, {});
  if (val.specs.empty()) {
    for (const std::string& spec : train.specs)
      if (has_split(spec, val.split)) val.specs.push_back(spec);
    const bool may_be_missing = val.split == "val" || val.split == "none";
    if (val.specs.empty() && !may_be_missing) val.specs = train.specs;  // opening them describes the mistake
  }
  if (val.specs.empty())
    data.val.selection = val;
  else
    data.val = open_run_data_set(val, data.train.data->class_names());
  return data;
}

RunData reopen_run_data(const RunNotes& notes, const std::vector<std::string>& class_names) {
  if (notes.train_data.specs.empty())
    throw UserError("the run was trained on data that a program opened itself; give the same data to continue");
  RunData data;
  data.train = open_run_data_set(notes.train_data, class_names);
  if (!notes.val_data.specs.empty()) data.val = open_run_data_set(notes.val_data, class_names);
  return data;
}

RunNotes notes_of(const RunData& data, double eval_every) {
  RunNotes notes;
  notes.train_data = with_absolute_paths(data.train.selection);
  notes.val_data = with_absolute_paths(data.val.selection);
  notes.images = data.train.data->size();
  notes.eval_every = eval_every;
  return notes;
}

LoaderOptions training_loader_options(const Settings& settings) {
  LoaderOptions options;
  options.batch_size = settings.train.batch;
  options.parts.count = settings.train.shards;
  options.seed = settings.train.seed;
  options.workers = settings.train.loader_workers;
  options.input = input_size(settings.input);
  for (const double side : settings.input.train_short_sides) options.short_sides.push_back(std::llround(side));
  options.flip_probability = settings.train.flip;
  options.augment = settings.augment.pieces;
  options.repeat_threshold = settings.train.repeat_threshold;
  options.skip_images_without_objects = settings.train.skip_empty;
  return options;
}

void settle_buffer_window(Settings& settings, const DataSetPointer& data) {
  LoaderOptions options = training_loader_options(settings);
  options.workers = 0;
  const int64_t steps_per_epoch = Loader(data, options).steps_per_epoch();
  if (settings.intertwiner.buffer_window == 0) settings.intertwiner.buffer_window = steps_per_epoch;
}

}  // namespace intertwiner
