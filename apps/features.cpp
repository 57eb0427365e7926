// features: draws the features that models compute for the objects of a data set (figure 1), and prints how compact the
// classes are.
//
//   features --model BASELINE/best.safetensors --model RUN/best.safetensors --data DIR --out DIR
#include <cmath>
#include <filesystem>
#include <iostream>

#include "apps/compute/compute.h"
#include "apps/figures/features_picture.h"
#include "apps/figures/features_text.h"
#include "apps/figures/named_models.h"
#include "apps/figures/tsne.h"
#include "apps/terminal/command_line.h"
#include "apps/terminal/program.h"
#include "apps/terminal/progress.h"
#include "apps/terminal/unreadable.h"
#include "data/data_selection.h"
#include "data/images/image_io.h"
#include "engine/error.h"
#include "engine/files/atomic_file.h"
#include "engine/files/output_check.h"
#include "engine/files/paths.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> models;
  std::string out;
  DataSelection data = {.specs = {}, .split = "val"};
  ObjectChoice choice;
  TsneOptions tsne;
  int64_t seed = 1;
  ComputeOptions compute;
  bool overwrite = false;
};

void describe_options(CommandLine& line, Options& options) {
  line.texts("model", options.models, "FILE",
             "checkpoint, for example RUN/best.safetensors; give --model several times to draw models side by side");
  line.texts("data", options.data.specs, "DIR",
             "folder in Pascal VOC's, COCO's or YOLO's layout, a COCO JSON file, YOLO's data.yaml, or scenes, the "
             "built-in data");
  line.text("split", options.data.split, "NAME", "split to take objects from");
  line.integer("limit", options.data.limit, 0, int64_t{1} << 40, "take objects from the first N images by id; 0: all");
  line.image_limits(options.data.images);
  line.text("out", options.out, "DIR", "folder for features.svg and features.png");
  line.integer("objects", options.choice.objects, 3, 5000,
               "draw at most N objects, spread evenly over the data; time grows with the square of N");
  line.integer("classes", options.choice.classes, 1, 10, "draw the N classes with the most objects");
  line.number("perplexity", options.tsne.perplexity, 2, 1000,
              "perplexity of t-SNE: about the number of neighbours of a point; at most a third of the objects is used");
  line.integer("seed", options.seed, 0, int64_t{1} << 40, "seed of the initial positions of t-SNE");
  line.flag("overwrite", options.overwrite, "replace the pictures in DIR");
  describe_compute(line, options.compute);
  line.closing_words(
      {"An object is large if the settings of the first model assign it to level 3 or more. Such objects are in the "
       "large sets of the intertwiner.",
       "Compactness is the mean distance of objects to the centroid of their class, divided by the mean distance "
       "between centroids. It is measured on the features, not on the drawing. A lower value is more compact."});
}

Tensor features_of(const NamedModel& model, const DataSet& data, const std::vector<ChosenObject>& objects) {
  StatusLine status(StatusLine::kNoLines);
  const Tensor features = object_features(*model.loaded.model, data, objects, [&](int64_t done) {
    status.show(printable(model.title) + ": object " + std::to_string(done) + " of " + std::to_string(objects.size()));
  });
  status.clear();
  for (int64_t i = 0; i < features.size(); ++i) {
    if (!std::isfinite(features.data<float>()[i])) {
      throw UserError(model.path + ": gives features that are not finite; give a model whose training did not diverge");
    }
  }
  return features;
}

int draw_features(const Options& options, const CommandLine& line) {
  line.require("model", "a checkpoint");
  line.require("data", "a folder of images, or scenes");
  line.require("out", "a folder for the results");
  const std::vector<NamedModel> models = load_models(options.models, options.compute.placement());
  const LoadedModel& first = models.front().loaded;
  const OpenedDataSet opened = open_for_model(options.data, first.class_names);
  const DataSetPointer& data = opened.data;
  const std::vector<ChosenObject> objects = choose_objects(*data, first.settings, options.choice);
  if (objects.size() < 3) {
    throw UserError(describe_selection(options.data) + ": has " + std::to_string(objects.size()) +
                    (objects.size() == 1 ? " object" : " objects") +
                    ", but t-SNE needs at least three; give more images or another split");
  }
  const fs::path out = options.out, svg = out / "features.svg", png = out / "features.png";
  OutputRules rules = {.inputs = data->files(), .overwrite = options.overwrite};
  rules.inputs.insert(rules.inputs.end(), options.models.begin(), options.models.end());
  rules.inputs.emplace_back(line.config_file());
  require_writable({svg, png}, rules);
  make_folder(out);

  std::cout << objects_text(objects, *data);
  std::vector<FeaturePanel> panels;
  for (const NamedModel& model : models) {
    const Tensor features = features_of(model, *data, objects);
    const std::vector<std::string> figures = compactness_lines(features, objects);
    panels.push_back({model.title, figures, tsne(features, options.tsne)});
    std::cout << printable(model.title) << " (" << printable(model.path) << "): " << figures[0] << ", " << figures[1]
              << std::endl;
  }
  const FigureCanvas figure = features_picture(panels, objects, data->class_names());
  write_atomically(svg, to_svg(figure));
  write_image(png, to_image(figure));
  std::cout << "features.svg and features.png in " << printable(options.out) << std::endl;
  return print_unreadable(opened.report);
}

int features_main(int argc, char** argv) {
  Options options;
  CommandLine line(
      "features", "--model RUN/best.safetensors [--model OTHER/best.safetensors] --data DIR --out DIR [options]",
      "Draws the features that models compute for the objects of a data set, and prints how compact the classes are.");
  describe_options(line, options);
  if (!line.parse(argc, argv)) return 0;
  options.tsne.seed = static_cast<uint64_t>(options.seed);
  open_compute(options.compute);
  return draw_features(options, line);
}

}  // namespace
}  // namespace intertwiner

int main(int argc, char** argv) {
  return intertwiner::run_program("features", [&] { return intertwiner::features_main(argc, argv); });
}
