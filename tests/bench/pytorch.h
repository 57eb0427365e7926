// torchvision's Faster R-CNN, asked over a pipe to do the same work (torchvision_bench.py says how alike the two are).
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "detector/settings/settings.h"
#include "tests/bench/child.h"
#include "tests/bench/options.h"

namespace intertwiner::bench {

class PyTorch {
 public:
  /// Starts options.python on a model of these settings. Throws UserError where it lacks PyTorch or torchvision.
  PyTorch(const BenchOptions& options, const Settings& settings, int64_t classes);

  /// "torch 2.15.0, torchvision 0.29.0".
  const std::string& versions() const { return versions_; }
  /// Seconds of a training step, of a detection on one image or on a batch: "step", "detect", "detect-batch". Of
  /// "peak", MB; of "regions", how many the second stage saw last; of "product", operations a second in a large matrix
  /// product.
  double ask(const std::string& what);
  /// Writes the weights.
  void save(const std::filesystem::path& path) { ask("save " + path.string()); }

 private:
  Child child_;
  std::string python_, versions_;
};

/// Seconds of ours and of theirs, medians.
struct Times {
  double ours = 0, theirs = 0;
};
/// In turn, so that whatever else slows the machine down slows down both. `pytorch` may be null, `what` is asked of it.
Times in_turn(int64_t repeats, const std::function<void()>& work, PyTorch* pytorch, const std::string& what);

/// The command of a Python script that loads weights, detects on one picture and prints the first box.
std::vector<std::string> first_box_command(const BenchOptions& options, const Settings& settings, int64_t classes,
                                           const std::filesystem::path& weights, const std::filesystem::path& image);

}  // namespace intertwiner::bench
