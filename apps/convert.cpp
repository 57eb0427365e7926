// convert: turns files of weights into others.
//
//   convert RUN/best.safetensors ours.safetensors      a checkpoint, in PyTorch's memory order and torchvision's names
//   convert ours.safetensors back.safetensors          and back, to the same bits
//   convert resnet50.pth resnet50.safetensors          a file that PyTorch wrote
#include <iostream>

#include "apps/terminal/command_line.h"
#include "apps/terminal/program.h"
#include "detector/weights/convert_weights.h"
#include "engine/error.h"
#include "engine/files/output_check.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

int convert_main(int argc, char** argv) {
  std::vector<std::string> files;
  bool overwrite = false;
  CommandLine line("convert", "FILE NEW.safetensors", "Converts a file of weights.");
  line.positional(files, "FILE", "the file to read (safetensors, .pth, .pt), then the file to write");
  line.flag("overwrite", overwrite, "replace NEW.safetensors");
  line.closing_words(
      {"A checkpoint of train becomes a file with torchvision's names and PyTorch's memory order, which safetensors' "
       "load_file reads in Python. Converted again, it becomes the checkpoint that it was, with the same bits.",
       "A file that PyTorch wrote becomes a safetensors file with the same names and tensors. Nothing in it is run."});
  if (!line.parse(argc, argv)) return 0;
  if (files.size() != 2) throw UserError("give two files: the one to read and the one to write; see convert --help");
  require_writable({files[1]}, {.inputs = {files[0]}, .overwrite = overwrite});
  const Conversion done = convert_weights(files[0], files[1]);
  std::cout << printable(files[1]) << ": " << done.tensors << " tensors, " << done.description << std::endl;
  return 0;
}

}  // namespace
}  // namespace intertwiner

int main(int argc, char** argv) {
  return intertwiner::run_program("convert", [&] { return intertwiner::convert_main(argc, argv); });
}
