// A checkpoint: a safetensors file with a model's parameters and buffers by name, and in its metadata the format's
// version, the settings, the classes and where the run was. Training keeps the optimiser's momentum beside them.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "detector/settings/settings.h"
#include "engine/files/safetensors.h"
#include "layers/parameters.h"

namespace intertwiner {

/// Where a run stands.
struct RunState {
  int64_t step = 0;         ///< steps done
  int64_t total_steps = 0;  ///< planned length; 0: not decided yet
  int64_t steps_per_epoch = 0;
  double best_score = -1;  ///< AP of the best epoch
  int64_t best_step = 0;
  std::string notes;         ///< JSON of the run's data and evaluations (run_notes.h)
  std::string choices = {};  ///< Backend::choices of the device that it was trained on last, if it has any
};

/// What a checkpoint says beside its tensors.
struct CheckpointHeader {
  Settings settings;
  std::vector<std::string> class_names;
  std::vector<int64_t> category_ids;
  RunState state;
  bool for_detection = false;  ///< without momentum, class buffer and what else only training needs
};

struct Checkpoint {
  CheckpointHeader header;
  std::map<std::string, Tensor> tensors;
};

/// `momentum` may be undefined. Throws UserError where the file cannot be written; an old one then stays.
void write_checkpoint(const std::filesystem::path& path, const CheckpointHeader& header, const Parameters& parameters,
                      const Tensor& momentum);

/// Throws UserError where the file is missing, cut short, no checkpoint of this program, or of a later version of its
/// format.
Checkpoint read_checkpoint(const std::filesystem::path& path);

/// Puts tensors in the place of parameters and buffers; for training they are copied. Throws UserError where one is
/// missing or of another shape, and then changes nothing.
void restore(const Checkpoint& checkpoint, const std::filesystem::path& path, const Parameters& parameters,
             bool for_detection);

constexpr const char* kMomentumName = "optimiser.momentum";

}  // namespace intertwiner
