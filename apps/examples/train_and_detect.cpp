// Trains a detector on a folder of images in Pascal VOC's, COCO's or YOLO's layout, and detects objects in an image.
//   g++ -std=c++20 -O2 train_and_detect.cpp $(pkg-config --cflags --libs intertwiner-cpp) -o train_and_detect
//   train_and_detect photos run 1000 photo.jpg
#include <cstdio>
#include <cstdlib>

#include "detector/detector.h"

using namespace intertwiner;

struct Progress : RunObserver {
  void on_step(const StepProgress& p) override {
    std::printf("step %d of %d: loss %.3f\n", int(p.step), int(p.total_steps), p.report.total);
  }
  void on_evaluation(const EvaluationProgress& p) override {
    std::printf("after epoch %.2f: AP %.3f\n", p.epoch, p.metrics.ap);
  }
};

int main(int argc, char** argv) try {
  if (argc != 5) throw UserError("give a folder of images, a folder for the run, the number of steps, and an image");
  Settings settings = preset("faster-rcnn-r18");
  settings.train.steps = std::atoi(argv[3]);
  if (settings.train.steps < 1) throw UserError("the number of steps must be above 0");
  const RunData data = open_run_data({.specs = {argv[1]}, .split = "train"}, {.specs = {}, .split = "val"});
  TrainingRun run = TrainingRun::start({.folder = argv[2], .settings = settings, .data = data});
  Progress progress;
  run.train(progress);

  const LoadedModel loaded = load_model(run.folder().best());
  const auto found = detect(*loaded.model, loaded.settings, {load_image(argv[4])});
  for (const Detection& object : found.front())
    std::printf("%s %.2f at %.0f, %.0f\n", loaded.class_names[size_t(object.label - 1)].c_str(), double(object.score),
                double(object.box.x1), double(object.box.y1));
} catch (const UserError& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
