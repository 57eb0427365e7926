// classify: learns to tell pictures of one thing each apart, with optimal transport between the network's stages or
// without (6.3).
//
//   classify --data cifar-10-batches-bin --alignment ot --out RUN
//   classify --data scenes --alignment ot --epochs 20 --out RUN
//   classify --data scenes --model RUN/last.safetensors
#include <cmath>
#include <iostream>

#include "apps/classification/classification_run.h"
#include "apps/classification/classifier_data.h"
#include "apps/classification/classifier_file.h"
#include "apps/terminal/command_line.h"
#include "apps/terminal/compute.h"
#include "apps/terminal/program.h"
#include "apps/terminal/text.h"
#include "data/formats/cifar.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

struct Options {
  std::string data, out, model;
  std::optional<AlignmentKind> alignment;
  ClassificationSettings settings;
  CropOptions crops;
  int64_t seed = 1;
  ComputeOptions compute;
  bool overwrite = false;
};

void describe_options(CommandLine& line, Options& o) {
  line.text("data", o.data, "DIR",
            "CIFAR-10's folder cifar-10-batches-bin, or data as train takes it, whose objects are cut out and resized "
            "to 32×32 px: scenes, a folder in Pascal VOC's or COCO's layout, a COCO JSON file");
  line.text("out", o.out, "RUN", "folder for the model and the log");
  line.text("model", o.model, "FILE", "measure this model, and train none");
  line.choice("alignment", o.alignment, "what aligns the stages' maps");
  line.number("alignment-factor", o.settings.alignment_factor, 0, 1e6, "of the alignment in the loss");
  line.whole_number("epochs", o.settings.epochs, 1, 100000, "times that training sees each picture; 164 in He et al.");
  line.whole_number("batch", o.settings.batch, 2, 65536, "pictures a step");
  line.whole_number("blocks", o.settings.shape.blocks, 1, 200, "residual blocks in each of three stages; 3: ResNet-20");
  line.whole_number("width", o.settings.shape.width, 1, 1024, "channels of the first stage");
  line.number("learning-rate", o.settings.learning_rate, 0, 100,
              "until half of the steps, and a tenth from there and again from three quarters");
  line.number("min-side", o.crops.min_side_px, 0, 8192, "objects smaller than this in px are not cut out");
  line.number("margin", o.crops.margin, 0, 4, "cut out around an object, as a fraction of its longer side");
  line.whole_number("seed", o.seed, 0, int64_t{1} << 53, "of weights, order, mirroring and cutting");
  describe_compute(line, o.compute);
  line.flag("overwrite", o.overwrite, "replace the run that --out holds");
  line.closing_words(
      {"RUN then holds last.safetensors, the model after the newest epoch, and log.jsonl, a line an epoch.",
       "Exit codes: 0 done; 2 a mistake that you can mend, told in one line; 1 a mistake of this program."});
}

/// Refuses what was given and nothing would read.
void require_options_that_count(const CommandLine& line, const Options& options) {
  const auto refuse = [&](const std::vector<std::string>& names, const std::string& why) {
    for (const std::string& name : names)
      if (line.given(name)) throw UserError("--" + name + " " + why + "; leave it out");
  };
  if (!options.model.empty())
    refuse({"out", "alignment", "alignment-factor", "epochs", "batch", "blocks", "width", "learning-rate", "seed"},
           "is for training, and --model measures alone");
  if (!options.alignment) refuse({"alignment-factor"}, "weighs what --alignment none does not have");
  if (is_cifar10_folder(options.data))
    refuse({"min-side", "margin"}, "is for objects, and CIFAR-10 has whole pictures");
}

int measure_model(const Options& options) {
  const LoadedClassifier loaded = load_classifier(options.model, options.compute.device);
  const LabelledImages test = open_labelled_images(options.data, false, options.crops);
  if (test.class_names != loaded.notes.class_names)
    throw UserError(options.model + ": knows the classes " + joined(loaded.notes.class_names) + "; " + options.data +
                    " has " + joined(test.class_names) + "; name the data that it was trained on");
  const Accuracy accuracy = measure(*loaded.model, test, options.compute.placement());
  std::cout << options.model << " (epoch " << loaded.notes.epochs << ") on " << test.size() << " pictures of "
            << options.data << format(": accuracy %.4f\n", accuracy.all);
  for (size_t c = 0; c < accuracy.classes.size(); ++c)
    if (!std::isnan(accuracy.classes[c]))
      std::cout << format("  %-14s %.4f\n", test.class_names[c].c_str(), accuracy.classes[c]);
  return 0;
}

int train_model(Options& options) {
  if (options.out.empty()) throw UserError("--out is missing; name a folder for the run; see classify --help");
  ClassificationSettings& settings = options.settings;
  if (options.alignment) settings.shape.alignment = AlignmentOptions{*options.alignment};
  settings.seed = static_cast<uint64_t>(options.seed);
  const LabelledImages train = open_labelled_images(options.data, true, options.crops);
  const LabelledImages test = open_labelled_images(options.data, false, options.crops);
  settings.shape.classes = static_cast<int64_t>(train.class_names.size());
  std::cout << options.data << ": " << train.size() << " pictures to train on, " << test.size() << " to test on, "
            << train.class_names.size() << " classes: " << joined(train.class_names) << std::endl;
  train_classifier(settings, train, test, new_run_folder(options.out, options.overwrite, false));
  return 0;
}

int classify(int argc, char** argv) {
  Options options;
  CommandLine line("classify", "--data DIR --out RUN [options]",
                   "Learns to tell pictures apart, a small ResNet, with optimal transport between its stages or not.");
  describe_options(line, options);
  if (!line.parse(argc, argv)) return 0;
  open_compute(options.compute);
  options.settings.where = options.compute.placement();
  if (options.data.empty())
    throw UserError("--data is missing; name CIFAR-10's folder, or scenes; see classify --help");
  require_options_that_count(line, options);
  return options.model.empty() ? train_model(options) : measure_model(options);
}

}  // namespace
}  // namespace intertwiner

int main(int argc, char** argv) {
  return intertwiner::run_program("classify", [&] { return intertwiner::classify(argc, argv); });
}
