// A trained classifier as a file: safetensors with its parameters and running statistics by name, and in the metadata
// the version of this format, its shape, its classes and how many epochs it has seen.
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

/// Throws UserError where the file cannot be written; an old one then stays.
void write_classifier(const std::filesystem::path& path, const ClassifierShape& shape, const ClassifierNotes& notes,
                      const Parameters& parameters);

/// As it classifies: without what stood between its stages in training.
struct LoadedClassifier {
  std::unique_ptr<Parameters> parameters;
  std::unique_ptr<Classifier> model;
  ClassifierNotes notes;
};
/// Throws UserError where the file is missing, cut short, or not one that `write_classifier` wrote.
LoadedClassifier load_classifier(const std::filesystem::path& path, Device device = Device::cpu);

}  // namespace intertwiner
