// Training a classifier from its first epoch to its last, and measuring one (6.3).
//
// Everything that is drawn, order, mirroring, cutting and first weights, depends on the seed alone, so a run gives the
// same bits for any number of threads. SGD as He et al. (2016, 4.2) have it for CIFAR-10: momentum 0.9, weight decay
// 1e-4, the rate divided by 10 after half and three quarters of the steps; the gradient's norm is clipped at 5, as in
// the paper (6.5).
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

/// Fractions of the pictures of each class that get their own class's score as the highest, and of all of them.
struct Accuracy {
  double all = 0;
  std::vector<double> classes;  ///< NaN for a class without pictures
};
/// `where`: as the model.
Accuracy measure(const Classifier& model, const LabelledImages& images, const Placement& where);

/// Trains, prints a line an epoch, and leaves in the folder
///
///   last.safetensors   the model after the newest epoch (apps/classification/classifier_file.h)
///   log.jsonl          {"epoch":1,"loss":1.9,"class":1.7,"alignment":0.2,"train_accuracy":0.3,"test_accuracy":0.4,…}
///
/// Losses and train_accuracy are means over the epoch's batches, as the model was then. Throws UserError where the
/// pictures do not fill a batch, the loss is no longer a number, or the disk fails.
void train_classifier(const ClassificationSettings& settings, const LabelledImages& train, const LabelledImages& test,
                      const RunFolder& folder);

}  // namespace intertwiner
