#include <sys/stat.h>

#include "tests/apps/malformed_inputs.h"
#include "tests/data/formats/sample_folders.h"
#include "tests/data/images/sample_images.h"
#include "tests/data/video/sample_video.h"

namespace intertwiner::tests {
namespace {

namespace fs = std::filesystem;

/// Text of a file for --config.
const std::vector<std::pair<std::string, std::string>>& settings_files() {
  static const std::vector<std::pair<std::string, std::string>> files = {
      {"two values on a line", "seed = 1 batch = 3\n"},
      {"a key twice", "seed = 1\nseed = 2\n"},
      {"==", "seed == 1\n"},
      {"text after a value", "seed = 1 yes\n"},
      {"no value", "seed =\n"},
      {"no key", "= 1\n"},
      {"a word", "seed\n"},
      {"a text that does not end", "preset = \"demo\n"},
      {"a list that does not end", "drops = [0.5, 0.9\n"},
      {"a list for a single number", "seed = [1, 2]\n"},
      {"a list of lists", "drops = [[0.5]]\n"},
      {"a list of texts", "drops = [\"half\"]\n"},
      {"a table for a number", "seed = {a = 1}\n"},
      {"a section", "[train]\nseed = 1\n"},
      {"an unknown key", "speed = 1\n"},
      {"a key with dots", "train.seed = 1\n"},
      {"a number for a name", "backbone = 18\n"},
      {"an unknown name", "backbone = \"resnet19\"\n"},
      {"a number for true", "skip-empty = 1\n"},
      {"a word for true", "skip-empty = yes\n"},
      {"a negative number", "batch = -1\n"},
      {"a number out of range", "batch = 100000\n"},
      {"a number above 2^63", "seed = 99999999999999999999\n"},
      {"a fraction for an integer", "batch = 1.5\n"},
      {"NaN", "learning-rate = nan\n"},
      {"infinity", "learning-rate = inf\n"},
      {"a date", "seed = 1979-05-27\n"},
      {"--config itself", "config = \"other.toml\"\n"},
      {"two lengths", "steps = 1\nepochs = 1\n"},
      {"settings that do not fit together", "buffer-window = 7\n"},
      {"zeros", std::string(50, '\0')},
      {"bytes that are not UTF-8", "seed = 1 # \xFF\n"},
      {"an escape code", "\x1b[31m = 1\n"},
      {"JSON", "{\"seed\": 1}\n"},
      {"1,000 brackets", "drops = " + std::string(1000, '[') + "\n"},
      {"a picture", "\x89PNG\r\n\x1A\n"},
      {"a probability above 1", "mosaic = 1.5\n"},
      {"a max below the min", "scale-jitter = [1.5, 0.5]\n"},
      {"a range of a distortion that is off", "hue = 0.1\n"},
  };
  return files;
}

}  // namespace

std::vector<MalformedInput> malformed_settings(const Samples& samples) {
  std::vector<MalformedInput> inputs;
  for (const auto& [name, text] : settings_files()) {
    const auto file = samples.folder / "settings" / (std::to_string(inputs.size()) + ".toml");
    inputs.push_back({"settings: " + name,
                      "train",
                      {"--data", "scenes:24", "--preset", "demo", "--config", write_sample(file, text)}});
  }
  return inputs;
}

std::vector<MalformedInput> malformed_options(const Samples& samples) {
  std::vector<MalformedInput> inputs;
  const fs::path folder = samples.folder / "options";
  const std::string picture = write_sample(folder / "image.png", samples.png), long_name(300, 'x');
  const std::string pipe = (folder / "pipe").string(), loop = (folder / "loop").string();
  if (mkfifo(pipe.c_str(), 0600) != 0) throw std::runtime_error("no pipe can be made");
  fs::create_symlink("loop", loop);
  write_sample(folder / "data/JPEGImages/1.png", samples.png);
  write_sample(folder / "data/Annotations/1.xml", voc_annotation(voc_object("cat", "1", "1", "9", "9")));
  write_sample(folder / "known/JPEGImages/1.png", samples.png);
  write_sample(folder / "known/Annotations/1.xml", voc_annotation(voc_object("rows", "1", "1", "9", "9")));
  const std::string data = (folder / "data").string(), known = (folder / "known").string(), model = samples.model();
  const std::string last = (samples.run / "last.safetensors").string();
  const auto add = [&](const std::string& name, const std::string& program, const Arguments& arguments) {
    inputs.push_back({name, program, arguments});
  };

  // Files that are none.
  const std::vector<std::pair<std::string, std::string>> paths = {
      {"a pipe", pipe},
      {"/dev/zero", "/dev/zero"},
      {"/dev/full", "/dev/full"},
      {"a link to itself", loop},
      {"a folder", data},
      {"a name of 300 letters", (folder / long_name).string()},
      {"nothing", ""},
      {"a missing file", (folder / "missing").string()},
      {"a path through a file", picture + "/x"}};
  for (const auto& [what, path] : paths) {
    add("--model is " + what, "detect", {"--model", path, picture});
    if (path != data) add("IMAGE is " + what, "detect", {"--model", model, path});
    if (!path.empty())
      add("--init is " + what, "train", {"--data", "scenes:24", "--steps", "1", "--preset", "demo", "--init", path});
    if (!path.empty()) add("--config is " + what, "train", {"--data", "scenes:24", "--config", path});
    if (path != data) add("--data is " + what, "train", {"--data", path});
    add("--resume is " + what, "train", {"--resume", path});
    add("evaluate --model is " + what, "evaluate", {"--model", path, "--data", "scenes:24"});
  }
  fs::create_directories(folder / "pictures");
  fs::copy_file(picture, folder / "pictures/a.png");
  if (mkfifo((folder / "pictures/b.png").c_str(), 0600) != 0) throw std::runtime_error("no pipe can be made");
  add("a folder of images with a pipe", "detect", {"--model", model, (folder / "pictures").string()});
  add("a pattern that matches nothing", "detect", {"--model", model, (folder / "*.jpg").string()});
  add("a folder without images", "detect", {"--model", model, (folder / "data").string()});

  // Files that would be lost.
  add("--out has the images", "detect", {"--model", model, picture, "--out", folder.string()});
  add("--out has the images, with --overwrite", "detect",
      {"--model", model, picture, "--out", folder.string(), "--overwrite"});
  add("--out is the data set's folder of images", "detect",
      {"--model", model, "--data", known, "--split", "train", "--out", known + "/JPEGImages", "--overwrite"});
  const std::string second = write_sample(folder / "second/image.png", samples.png);
  const std::string bmp = write_sample(folder / "third/image.bmp", samples.bmp);
  add("--out has another image of a name", "detect",
      {"--model", model, second, picture, "--out", folder.string(), "--overwrite"});
  add("--out has the .png of a .bmp", "detect", {"--model", model, bmp, picture, "--out", folder.string()});
  add("--json is an annotation", "evaluate",
      {"--model", model, "--data", "scenes:24", "--json", data + "/Annotations/1.xml"});
  add("--json is the model", "evaluate", {"--model", model, "--data", "scenes:24", "--json", model, "--overwrite"});
  const std::string config = write_sample(folder / "run/settings.toml", "# mine\nseed = 1\n");
  write_sample(folder / "foreign/log.jsonl", "mine\n");
  add("--config is in --out", "train", {"--data", "scenes:24", "--config", config, "--out", (folder / "run").string()});
  add("--config is in --out, with --overwrite", "train",
      {"--data", "scenes:24", "--config", config, "--out", (folder / "run").string(), "--overwrite"});
  add("--out has a log of something else", "train", {"--data", "scenes:24", "--out", (folder / "foreign").string()});
  add("--init is in --out", "train",
      {"--data", "scenes:24", "--preset", "demo", "--init", model, "--out", samples.run.string(), "--overwrite"});
  add("--out holds a run", "train", {"--data", "scenes:24", "--out", samples.run.string()});
  add("--out is a file", "train", {"--data", "scenes:24", "--out", picture});
  add("--out is in a file", "train", {"--data", "scenes:24", "--out", picture + "/run"});
  add("--out is a device", "train", {"--data", "scenes:24", "--out", "/dev/null"});
  add("--out is a name of 300 letters", "train", {"--data", "scenes:24", "--out", (folder / long_name).string()});
  add("features --out has features.svg", "features",
      {"--model", model, "--data", "scenes:24", "--out",
       fs::path(write_sample(folder / "f/features.svg", "mine")).parent_path().string()});

  // Options.
  add("an unknown option", "train", {"--learning-rat", "1"});
  add("a value for an option of yes and no", "train", {"--skip-empty", "true"});
  add("a word that is no option", "train", {"scenes"});
  add("an option without its value", "train", {"--data", "scenes:24", "--out", "run", "--batch"});
  add("an empty value", "train", {"--data", "scenes:24", "--batch", ""});
  add("a word for a number", "train", {"--data", "scenes:24", "--batch", "two"});
  add("a number with a unit", "train", {"--data", "scenes:24", "--batch", "2x"});
  add("a number that overflows", "train", {"--data", "scenes:24", "--batch", "99999999999999999999"});
  add("a negative number", "train", {"--data", "scenes:24", "--batch", "-1"});
  add("a number that is NaN", "train", {"--data", "scenes:24", "--learning-rate", "nan"});
  add("an infinite number", "train", {"--data", "scenes:24", "--learning-rate", "inf"});
  add("a hexadecimal number", "train", {"--data", "scenes:24", "--batch", "0x2"});
  add("4,096 threads", "train", {"--data", "scenes:24", "--threads", "4096"});
  add("an unknown preset", "train", {"--data", "scenes:24", "--preset", "huge"});
  add("an unknown device", "train", {"--data", "scenes:24", "--device", "tpu"});
  add("bf16 on the CPU", "train", {"--data", "scenes:24", "--precision", "bf16"});
  add("no scenes", "train", {"--data", "scenes:0"});
  add("negative scenes", "train", {"--data", "scenes:-3"});
  add("a word for scenes", "train", {"--data", "scenes:many"});
  add("2^62 scenes", "train", {"--data", "scenes:4611686018427387904"});
  add("an unknown split", "train", {"--data", data, "--split", "test"});
  add("a split of 5,000 letters", "train", {"--data", data, "--split", std::string(5000, 'x')});
  add("a split that leads out of the folder", "train", {"--data", data, "--split", "../../x"});
  add("fold 0", "train", {"--data", "scenes:24", "--split", "train:0/10"});
  add("fold 11 of 10", "train", {"--data", "scenes:24", "--split", "train:11/10"});
  add("folds that are words", "train", {"--data", "scenes:24", "--split", "train:one"});
  add("more folds than images", "train", {"--data", "scenes:2", "--split", "train:5/10"});
  add("fewer images than a batch", "train",
      {"--data", "scenes:2", "--preset", "demo", "--steps", "1", "--batch", "16"});
  add("a path that is not UTF-8", "train", {"--data", (folder / "caf\xE9").string()});
  add("a path with an escape code", "train", {"--data", (folder / "a\x1b[31m\nb").string()});
  add("epochs and steps", "train", {"--data", "scenes:24", "--epochs", "1", "--steps", "2"});
  add("--resume with another batch", "train", {"--resume", samples.run.string(), "--batch", "3"});
  add("--resume of a model for detection", "train", {"--resume", samples.model()});
  add("a memory of 10^12 bytes", "train",
      {"--data", "scenes:2000", "--preset", "demo", "--steps", "1", "--batch", "1024", "--image-size", "8192"});
  add("no model", "detect", {picture});
  add("images and data", "detect", {"--model", model, picture, "--data", "scenes:24"});
  add("neither images nor data", "detect", {"--model", model});
  add("images and --limit", "detect", {"--model", model, picture, "--limit", "1", "--out", (folder / "none").string()});
  add("a name in brackets", "detect", {"--model", model, "[a,b]", "--out", (folder / "none").string()});
  add("a score of 2", "detect", {"--model", model, picture, "--score", "2"});
  add("a setting of training", "detect", {"--model", model, picture, "--learning-rate", "1"});
  const std::string video = write_sample(folder / "video.y4m", noise_video("W64 H48", 1));
  for (const auto& [what, path] : paths) {
    if (path != data) add("--video is " + what, "detect", {"--model", model, "--video", path});
  }
  add("--video and an image", "detect", {"--model", model, "--video", video, picture});
  add("--video and --data", "detect", {"--model", model, "--video", video, "--data", "scenes:24"});
  add("--video and --sheet", "detect", {"--model", model, "--video", video, "--sheet", "2"});
  add("--video without outputs", "detect", {"--model", model, "--video", video, "--out", ""});
  add("a video and JSON on standard output", "detect",
      {"--model", model, "--video", video, "--out", "-", "--json", "-"});
  add("images on standard output", "detect", {"--model", model, picture, "--out", "-"});
  add("--json without a video", "detect", {"--model", model, picture, "--json", "-"});
  add("--out is the video", "detect", {"--model", model, "--video", video, "--out", video, "--overwrite"});
  add("--json is the model", "detect", {"--model", model, "--video", video, "--json", model, "--overwrite"});
  add("--json is --out", "detect",
      {"--model", model, "--video", video, "--out", (folder / "new").string(), "--json", (folder / "new").string()});
  add("--out of a video is a folder", "detect", {"--model", model, "--video", video, "--out", data});
  add("--out of a video is a pipe", "detect", {"--model", model, "--video", video, "--out", pipe});
  add("--out of a video is in a folder that is missing", "detect",
      {"--model", model, "--video", video, "--out", (folder / "missing/video.y4m").string()});
  add("a video beyond --max-pixels", "detect", {"--model", model, "--video", video, "--max-pixels", "3071"});
  add("an unknown class", "detect", {"--model", model, picture, "--classes", "rows,cats"});
  add("no class", "detect", {"--model", model, picture, "--classes", ""});
  add("a class twice and a comma too many", "detect", {"--model", model, picture, "--classes", "rows,rows,"});
  add("a class with an escape code", "detect", {"--model", model, picture, "--classes", "\x1b[31mrows"});
  add("an unknown format", "detect", {"--model", model, picture, "--format", "coco,xml"});
  add("no format", "detect", {"--model", model, picture, "--format", ""});
  add("a format twice", "detect", {"--model", model, picture, "--format", "csv,csv"});
  add("--format with a video", "detect", {"--model", model, "--video", video, "--format", "csv"});
  add("--crop with a video", "detect", {"--model", model, "--video", video, "--crop"});
  add("--val-split is missing", "train", {"--data", "scenes:24", "--preset", "demo", "--val-split", "test"});
  add("--tile 31", "detect", {"--model", model, picture, "--tile", "31"});
  add("--tile -1", "detect", {"--model", model, picture, "--tile", "-1"});
  add("--tile-overlap 0.8", "detect", {"--model", model, picture, "--tile", "64", "--tile-overlap", "0.8"});
  add("--tile-overlap without --tile", "detect", {"--model", model, picture, "--tile-overlap", "0.2"});
  const std::string wide = write_sample(folder / "wide.bmp", bmp_file(gradient_image(4000, 2600)));
  add("an image of too many tiles", "detect", {"--model", model, wide, "--tile", "32"});
  add("data of other classes", "evaluate", {"--model", model, "--data", data, "--split", "train"});
  add("a checkpoint for training as data", "evaluate", {"--model", model, "--data", last});
  const std::string exported = (folder / "model.onnx").string();
  add("--onnx of an image", "convert", {"--onnx", picture, exported});
  add("--onnx without a file to write", "convert", {"--onnx", model});
  add("--onnx onto the model", "convert", {"--onnx", model, model, "--overwrite"});
  add("--onnx onto another file", "convert", {"--onnx", model, picture});
  add("--onnx for pictures with a width alone", "convert", {"--onnx", model, exported, "--width", "640"});
  add("--score without --onnx", "convert", {model, exported, "--score", "0.5"});
  add("--width and --height without --onnx", "convert", {model, exported, "--width", "640", "--height", "480"});
  add("an unknown table", "study", {"--table", "9", "--data", "scenes:24", "--out", (folder / "study").string()});
  add("an unknown row", "study",
      {"--table", "1", "--rows", "none", "--data", "scenes:24", "--epochs", "1", "--out", (folder / "study").string()});
  add("perplexity 0", "features",
      {"--model", model, "--data", "scenes:24", "--perplexity", "0", "--out", (folder / "features").string()});
  add("classify without data", "classify", {"--out", (folder / "classify").string()});
  add("classify with an unknown alignment", "classify",
      {"--data", "scenes:24", "--alignment", "best", "--out", (folder / "classify").string()});
  return inputs;
}

}  // namespace intertwiner::tests
