// Trains a detector and detects objects in an image, with the C library's C++ header.
//   g++ -std=c++17 train_and_detect.cpp $(pkg-config --cflags --libs intertwiner) -o train_and_detect
//   train_and_detect photos run 1000 photo.jpg
#include <cstdio>
#include <fstream>
#include <intertwiner.hpp>
#include <iterator>

int main(int argc, char** argv) try {
  if (argc != 5) {
    std::fprintf(stderr, "give a folder of images, a folder for the run, the number of steps, and an image\n");
    return 2;
  }
  std::ifstream file(argv[4], std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "%s: cannot be read\n", argv[4]);
    return 2;
  }
  intertwiner::TrainOptions options;
  options.data = {argv[1]};
  options.folder = argv[2];
  options.preset = "demo";
  options.settings = {{"steps", argv[3]}};
  intertwiner::train(options, [](const intertwiner_progress& p) {
    if (p.event == INTERTWINER_STEP) std::printf("step %d of %d: loss %.3f\n", int(p.step), int(p.total_steps), p.loss);
    if (p.event == INTERTWINER_EVALUATION) std::printf("after epoch %.2f: AP %.3f\n", p.epoch, p.ap);
    return true;  // false would stop the run
  });

  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const intertwiner::Model model(options.folder + "/best.safetensors");
  for (const intertwiner::Detection& d : model.detect(intertwiner::encoded(bytes)))
    std::printf("%s %.2f at %.0f, %.0f\n", model.class_names()[size_t(d.class_index)].c_str(), double(d.score),
                double(d.x1), double(d.y1));
} catch (const intertwiner::Error& error) {
  std::fprintf(stderr, "%s: %s\n", intertwiner_status_text(error.status()), error.what());
  return 1;
}
