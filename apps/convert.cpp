// convert: turns files of weights into others, and a trained model into an ONNX model.
//
//   convert RUN/best.safetensors ours.safetensors      a checkpoint, in PyTorch's memory order and torchvision's names
//   convert ours.safetensors back.safetensors          and back, to the same bits
//   convert resnet50.pth resnet50.safetensors          a file that PyTorch wrote
//   convert --onnx RUN/best.safetensors model.onnx     a detector for ONNX Runtime, OpenVINO and others
#include <iostream>

#include "apps/terminal/command_line.h"
#include "apps/terminal/program.h"
#include "detector/load_model.h"
#include "detector/onnx/export.h"
#include "detector/weights/convert_weights.h"
#include "engine/error.h"
#include "engine/files/output_check.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

struct Options {
  std::vector<std::string> files;
  bool onnx = false, overwrite = false;
  onnx::PictureSize picture;
};

void describe_options(CommandLine& line, Options& options) {
  line.positional(options.files, "FILE", "the file to read (safetensors, .pth, .pt), then the file to write");
  line.flag("overwrite", options.overwrite, "replace the file to write");
  line.flag("onnx", options.onnx, "write a trained detector as an ONNX model");
  line.integer("width", options.picture.width, 0, 8192,
               "pictures for the ONNX model have N columns; 0: any number. Runtimes plan fixed sizes better");
  line.integer("height", options.picture.height, 0, 8192, "pictures for the ONNX model have N rows; 0: any number");
  line.settings(is_detection_setting);
  line.closing_words(
      {"A checkpoint of train becomes a file with torchvision's names and PyTorch's memory order, which safetensors' "
       "load_file reads in Python. Converted again, it becomes the checkpoint that it was, with the same bits.",
       "A file that PyTorch wrote becomes a safetensors file with the same names and tensors. Nothing in it is run.",
       "With --onnx, the model takes a picture and gives boxes: resizing, thresholds and NMS are in it. A setting of "
       "detection that is not given has the value of the model."});
}

void check_options(const Options& options, const CommandLine& line) {
  if (options.files.size() != 2)
    throw UserError("give two files: the one to read and the one to write; see convert --help");
  if ((options.picture.width > 0) != (options.picture.height > 0))
    throw UserError("--width and --height fix the size of pictures only together; give both or none");
  if (options.onnx) return;
  for (const std::string& name : line.given_names()) {
    if (name != "overwrite" && name != "config" && name != "onnx")
      throw UserError("--" + name + " has no effect without --onnx; give --onnx too");
  }
  if (options.files[1].ends_with(".onnx"))
    throw UserError(options.files[1] + ": without --onnx the file is no ONNX model; give --onnx or another name");
}

int convert_main(int argc, char** argv) {
  Options options;
  CommandLine line("convert", "FILE NEW.safetensors | --onnx FILE NEW.onnx", "Converts a file of weights.");
  describe_options(line, options);
  if (!line.parse(argc, argv)) return 0;
  check_options(options, line);
  const std::string &from = options.files[0], &to = options.files[1];
  require_writable({to}, {.inputs = {from, line.config_file()}, .overwrite = options.overwrite});
  if (options.onnx) {
    LoadedModel model = load_model(from);
    line.change_for_detection(model.settings);
    const OnnxSummary done = export_onnx(model, to, options.picture);
    std::cout << printable(to) << ": " << done.nodes << " nodes, " << format("%.1f MB", done.bytes / 1e6) << std::endl;
  } else {
    const Conversion done = convert_weights(from, to);
    std::cout << printable(to) << ": " << done.tensors << " tensors, " << done.description << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace intertwiner

int main(int argc, char** argv) {
  return intertwiner::run_program("convert", [&] { return intertwiner::convert_main(argc, argv); });
}
