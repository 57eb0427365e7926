// A trained classifier as a safetensors file. It has the parameters and batch norm statistics by name. Its metadata has
// the version of the format, the shape of the network, the class names and the number of epochs trained.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "layers/networks/classifier.h"

namespace intertwiner {

struct ClassifierNotes {
  std::vector<std::string> class_names;
  int64_t epochs = 0;
};

/// Throws UserError if the file cannot be written. An older file is then kept.
void write_classifier(const std::filesystem::path& path, const ClassifierShape& shape, const ClassifierNotes& notes,
                      const Parameters& parameters);

/// A classifier for inference, without the alignment between its stages.
struct LoadedClassifier {
  std::unique_ptr<Parameters> parameters;
  std::unique_ptr<Classifier> model;
  ClassifierNotes notes;
};
/// Throws UserError if the file is missing, cut short, or was not written by `write_classifier`.
LoadedClassifier load_classifier(const std::filesystem::path& path, Device device = Device::cpu);

}  // namespace intertwiner
