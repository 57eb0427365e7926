// torchvision's Faster R-CNN in a child process that does the same work (torchvision_bench.py lists the differences).
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
  /// Starts options.python with a model of these settings. Throws UserError if it has no PyTorch or torchvision.
  PyTorch(const BenchOptions& options, const Settings& settings, int64_t classes);

  /// Such as "torch 2.15.0, torchvision 0.29.0".
  const std::string& versions() const { return versions_; }
  /// Sends a command and returns its result:
  ///   step, detect, detect-batch   seconds of a training step, of a detection on one image, on a batch
  ///   peak                         peak memory in MB
  ///   regions                      the number of regions in the last second stage
  ///   product                      operations per second of a large matrix product
  double ask(const std::string& what);
  /// Writes the weights to a file.
  void save(const std::filesystem::path& path) { ask("save " + path.string()); }

 private:
  Child child_;
  std::string python_, versions_;
};

/// Median seconds of our detector and of PyTorch's.
struct Times {
  double ours = 0, theirs = 0;
};
/// Measures `work` and PyTorch's `what` in turn, so that a slow phase of the machine affects both. `pytorch` may be
/// null.
Times in_turn(int64_t repeats, const std::function<void()>& work, PyTorch* pytorch, const std::string& what);

/// The command of a Python program that loads weights, detects on one image and prints the first box.
struct FirstBoxFiles {
  std::filesystem::path weights, image;
};
std::vector<std::string> first_box_command(const BenchOptions& options, const Settings& settings, int64_t classes,
                                           const FirstBoxFiles& files);

}  // namespace intertwiner::bench
