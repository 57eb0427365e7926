// Inputs that no program may accept: broken images, videos, annotations, checkpoints, weights and settings, and wrong
// options and paths. tests/apps/malformed_inputs.md lists each with the line that the program prints.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "tests/apps/run_program.h"

namespace intertwiner::tests {

struct MalformedInput {
  std::string name;  ///< what is wrong
  std::string program;
  Arguments arguments;
};

/// What the inputs are made from.
struct Samples {
  std::filesystem::path folder;  ///< for the inputs; every case has its own subfolder
  std::filesystem::path run;     ///< a finished run
  std::filesystem::path out;     ///< where programs may write
  std::string png, jpeg, bmp;    ///< good images

  std::string model() const { return (run / "best.safetensors").string(); }
};

std::vector<MalformedInput> malformed_images(const Samples& samples);
std::vector<MalformedInput> malformed_videos(const Samples& samples);
std::vector<MalformedInput> malformed_annotations(const Samples& samples);
std::vector<MalformedInput> malformed_yolo(const Samples& samples);
std::vector<MalformedInput> malformed_checkpoints(const Samples& samples);
std::vector<MalformedInput> malformed_weights(const Samples& samples);
std::vector<MalformedInput> malformed_settings(const Samples& samples);
std::vector<MalformedInput> malformed_results(const Samples& samples);
std::vector<MalformedInput> malformed_options(const Samples& samples);

/// Writes a file and the folders above it, and returns its path.
std::string write_sample(const std::filesystem::path& file, const std::string& content);

}  // namespace intertwiner::tests
