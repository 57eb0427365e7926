// Training and evaluation of a classifier (6.3).
//
// SGD is that of He et al. (2016, 4.2) for CIFAR-10: momentum 0.9, weight decay 1e-4, and a learning rate that is
// divided by 10 after half of the steps and again after three quarters. The gradient norm is clipped at 5, as in the
// paper (6.5). Order, mirroring, cropping and initial weights depend only on the seed, so any number of threads gives
// the same bits.
#pragma once
#include <cstdint>

#include "data/labelled_images.h"
#include "detector/model/placement.h"
#include "detector/training/run_folder.h"
#include "layers/networks/classifier.h"

namespace intertwiner {

struct ClassificationSettings {
  ClassifierShape shape;
  int64_t epochs = 30, batch = 128;
  double learning_rate = 0.1;
  double alignment_factor = 1;
  uint64_t seed = 1;
  Placement where;
};

/// Fractions of images whose own class has the highest score: of all images, and of each class's images.
struct Accuracy {
  double all = 0;
  std::vector<double> classes;  ///< NaN for a class without images
};
/// `where`: the placement of the model.
Accuracy measure(const Classifier& model, const LabelledImages& images, const Placement& where);

/// Trains, prints a line for each epoch, and writes to the folder
///
///   last.safetensors   the model after the newest epoch (apps/classification/classifier_file.h)
///   log.jsonl          {"epoch":1,"loss":1.9,"class":1.7,"alignment":0.2,"train_accuracy":0.3,"test_accuracy":0.4,…}
///
/// Losses and train_accuracy are means over the batches of the epoch, computed during training. Throws UserError if the
/// images do not fill a batch, the loss is not finite, or a file cannot be written.
void train_classifier(const ClassificationSettings& settings, const LabelledImages& train, const LabelledImages& test,
                      const RunFolder& folder);

}  // namespace intertwiner
