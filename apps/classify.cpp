// classify: trains or evaluates a classifier of images, with or without optimal transport between the stages of the
// network (6.3).
//
//   classify --data cifar-10-batches-bin --alignment ot --out RUN
//   classify --data scenes --alignment ot --epochs 20 --out RUN
//   classify --data scenes --model RUN/last.safetensors
#include <cmath>
#include <iostream>

#include "apps/classification/classification_run.h"
#include "apps/classification/classifier_data.h"
#include "apps/classification/classifier_file.h"
#include "apps/compute/compute.h"
#include "apps/terminal/command_line.h"
#include "apps/terminal/program.h"
#include "data/formats/cifar.h"
#include "engine/error.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

struct Options {
  std::string data, out, model;
  std::optional<AlignmentKind> alignment;
  ClassificationSettings settings;
  CropOptions crops;
  ImageLimits images;
  int64_t seed = 1;
  ComputeOptions compute;
  bool overwrite = false;
};

void describe_options(CommandLine& line, Options& o) {
  line.text(
      "data", o.data, "DIR",
      "the folder cifar-10-batches-bin of CIFAR-10, or a data set as for train, whose objects are cut out and resized "
      "to 32×32 px");
  line.text("out", o.out, "RUN", "folder for the model and the log");
  line.text("model", o.model, "FILE", "evaluate this model instead of training one");
  line.choice("alignment", o.alignment, "alignment of the feature maps of the stages");
  line.number("alignment-factor", o.settings.alignment_factor, 0, 1e6, "weight of the alignment in the loss");
  line.integer("epochs", o.settings.epochs, 1, 100000, "passes over the images; 164 in He et al.");
  line.integer("batch", o.settings.batch, 2, 65536, "images per step");
  line.integer("blocks", o.settings.shape.blocks, 1, 200, "residual blocks in each of the three stages; 3: ResNet-20");
  line.integer("width", o.settings.shape.width, 1, 1024, "channels of the first stage");
  line.number("learning-rate", o.settings.learning_rate, 0, 100,
              "learning rate; divided by 10 after half of the steps, and again after three quarters");
  line.number("min-side", o.crops.min_side_px, 0, 8192, "leave out objects smaller than this in px");
  line.number("margin", o.crops.margin, 0, 4, "margin around a cut-out object, as a fraction of its longer side");
  line.image_limits(o.images);
  line.integer("seed", o.seed, 0, int64_t{1} << 53, "seed of initial weights, order, mirroring and cropping");
  describe_compute(line, o.compute);
  line.flag("overwrite", o.overwrite, "replace a run in the folder --out");
  line.closing_words({"classify writes to RUN: last.safetensors (the newest model), log.jsonl (a line per epoch)."});
}

/// Refuses options that have no effect beside the others.
void refuse_useless_options(const CommandLine& line, const Options& options) {
  const auto refuse = [&](const std::vector<std::string>& names, const std::string& why) {
    for (const std::string& name : names)
      if (line.given(name)) throw UserError("--" + name + " has no effect " + why + "; leave it out");
  };
  if (!options.model.empty())
    refuse({"out", "alignment", "alignment-factor", "epochs", "batch", "blocks", "width", "learning-rate", "seed"},
           "with --model, which only evaluates");
  if (!options.alignment) refuse({"alignment-factor"}, "with --alignment none");
  if (is_cifar10_folder(options.data))
    refuse({"min-side", "margin", "max-pixels"}, "on CIFAR-10, which has no objects to cut out");
}

int measure_model(const Options& options) {
  const LoadedClassifier loaded = load_classifier(options.model, options.compute.device);
  const LabelledImages test = open_labelled_images(options.data, false, options.crops, options.images);
  if (test.class_names != loaded.notes.class_names)
    throw UserError(options.model + ": has the classes " + joined(loaded.notes.class_names) + ", but " + options.data +
                    " has " + joined(test.class_names) + "; give the data that the model was trained on");
  const Accuracy accuracy = measure(*loaded.model, test, options.compute.placement());
  std::cout << printable(options.model) << " (epoch " << loaded.notes.epochs << ") on " << test.size() << " images of "
            << printable(options.data) << format(": accuracy %.4f\n", accuracy.all);
  for (size_t c = 0; c < accuracy.classes.size(); ++c)
    if (!std::isnan(accuracy.classes[c]))
      std::cout << format("  %-14s %.4f\n", test.class_names[c].c_str(), accuracy.classes[c]);
  return 0;
}

int train_model(Options& options, const CommandLine& line) {
  line.require("out", "a folder for the run");
  ClassificationSettings& settings = options.settings;
  if (options.alignment) settings.shape.alignment = AlignmentOptions{*options.alignment};
  settings.seed = static_cast<uint64_t>(options.seed);
  const LabelledImages train = open_labelled_images(options.data, true, options.crops, options.images);
  const LabelledImages test =
      open_labelled_images(options.data, false, options.crops, options.images, train.class_names);
  settings.shape.classes = static_cast<int64_t>(train.class_names.size());
  std::cout << printable(options.data) << ": " << train.size() << " images to train on, " << test.size()
            << " to test on, " << train.class_names.size() << " classes: " << joined(train.class_names) << std::endl;
  train_classifier(
      settings, train, test,
      new_run_folder(options.out, {.inputs = {line.config_file()}, .overwrite = options.overwrite}, false));
  return 0;
}

int classify(int argc, char** argv) {
  Options options;
  CommandLine line("classify", "--data DIR --out RUN [options]",
                   "Trains a small ResNet to classify images, with or without optimal transport between its stages.");
  describe_options(line, options);
  if (!line.parse(argc, argv)) return 0;
  open_compute(options.compute);
  options.settings.where = options.compute.placement();
  line.require("data", "the folder of CIFAR-10, or scenes");
  refuse_useless_options(line, options);
  return options.model.empty() ? train_model(options, line) : measure_model(options);
}

}  // namespace
}  // namespace intertwiner

int main(int argc, char** argv) {
  return intertwiner::run_program("classify", [&] { return intertwiner::classify(argc, argv); });
}
