// What a detector does well and badly on a data set: precision and recall of each class, the classes it confuses, and
// the mistakes in each image.
//
// A detection finds an object if both are of one class and their IoU is at least 0.5. In the order of falling scores,
// each detection takes the free object with the largest IoU, as in COCO's evaluation at this IoU. Ignored objects
// (crowds, difficult) count neither as found nor as missed.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "detector/detections.h"

namespace intertwiner {

/// Precision and recall of one class when detections below a score are left out.
struct PrecisionRecall {
  double score = 0, precision = 0, recall = 0;
  /// The harmonic mean; 0 if both are 0.
  double f1() const { return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0; }
};

struct ClassAnalysis {
  std::string name;
  int64_t objects = 0;                    ///< that are not ignored
  std::vector<PrecisionRecall> curve;     ///< one point for each score that occurs, falling scores
  PrecisionRecall best = {.score = 0.5};  ///< the point with the largest F1; score 0.5 if no score finds an object
};

/// Curves of all classes. `detections[i]` are of `data.record(i)`.
std::vector<ClassAnalysis> analyse_classes(const DataSet& data, const std::vector<ImageDetections>& detections);

/// The smallest score of each class 1..C that counts: the one with the best F1.
std::vector<double> best_scores(const std::vector<ClassAnalysis>& classes);

/// Objects by their class (row) and by the class that they are detected as (column), (C+1)×(C+1) numbers; the last row
/// has detections of the background, the last column missed objects. Detections match objects of any class here.
/// `min_scores[c]`: the smallest score of class c + 1 that counts.
std::vector<std::vector<int64_t>> confusion_matrix(const DataSet& data, const std::vector<ImageDetections>& detections,
                                                   const std::vector<double>& min_scores);

/// The detections that count and the objects of one image.
struct ImageMistakes {
  int64_t index = 0;  ///< in the data set
  std::vector<Detection> found, wrong;
  std::vector<Annotation> missed;

  int64_t mistakes() const { return static_cast<int64_t>(wrong.size() + missed.size()); }
};

/// For each image of `data`, in its order.
std::vector<ImageMistakes> find_mistakes(const DataSet& data, const std::vector<ImageDetections>& detections,
                                         const std::vector<double>& min_scores);

}  // namespace intertwiner
