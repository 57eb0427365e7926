// Training: a model, its optimiser and the state of the run. One call of `step` is one iteration of section 6.5.
//
// A checkpoint holds all that decides the next step: parameters, buffers, the optimiser's moments, average, class
// buffer and step. Random numbers and the order of the images depend only on (seed, step). So a run that is killed and
// resumed gives the same bits.
//
// With the setting `shards`, a step takes its batch in equal parts, which several processes can share (shard_sums.h).
// The processes must then call `step`, `save` and `load` together.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/batch.h"
#include "detector/model/placement.h"
#include "detector/settings/settings.h"
#include "detector/training/checkpoint.h"
#include "detector/training/step_report.h"
#include "detector/weights/imported_weights.h"
#include "engine/number_check.h"

namespace intertwiner {

class Communicator;
class InterNet;

class Trainer {
 public:
  /// Creates a model with random weights, drawn by settings.train.seed. `processes` share each step's shards; null:
  /// this process alone. Throws UserError if they cannot share the shards equally, if a class name is not printable,
  /// or if there is not one id for each class.
  Trainer(const Settings& settings, std::vector<std::string> class_names, std::vector<int64_t> category_ids,
          const Placement& where = {}, std::shared_ptr<Communicator> processes = nullptr);
  ~Trainer();

  /// Runs one iteration. Throws NotFinite if a loss or the gradient's norm is NaN or infinite. The weights are then
  /// unchanged, but running statistics and the class buffer may hold the NaN: continue from a checkpoint.
  StepReport step(const Batch& batch);
  /// The same for a batch in shards: those that this process computes, in order (LoaderOptions::shards).
  StepReport step(std::span<const Batch> shards);
  /// From now on, a step throws NotFinite at the first operator whose result or gradient is not finite. Slow.
  void check_numbers(bool on);
  /// From now on, every `every`th step reports the gradient of each loss (StepReport::loss_gradients), with one more
  /// pass for each loss. With shards, it is measured on this process's first shard. It does not change the training. 0:
  /// never.
  void log_gradients(int64_t every);

  /// Writes a checkpoint; of several processes the first writes. `for_detection`: without the tensors that only
  /// training needs.
  void save(const std::filesystem::path& path, bool for_detection = false) const;
  /// Loads a checkpoint of the same model, so that training continues from it. Throws UserError if it is cut short or
  /// belongs to another model.
  void load(const std::filesystem::path& path);
  /// The same for a checkpoint that is already read; `path` is for messages.
  void load(const Checkpoint& checkpoint, const std::filesystem::path& path);
  /// Loads the weights that fit from a checkpoint of any model, or from a file of weights that another program wrote
  /// (engine/files/weights_file.h, detector/weights/imported_weights.h). Throws UserError as they do.
  ImportReport initialise_from(const std::filesystem::path& path);

  InterNet& model() const;
  Communicator& processes() const;
  const Settings& settings() const;
  const std::vector<std::string>& class_names() const;
  RunState& state();
  const RunState& state() const;

 private:
  friend class AveragedWeights;
  struct State;
  std::unique_ptr<State> state_;
};

/// While it exists, the model has the moving averages of its weights (setting `ema-decay`) in place of the weights.
/// Without `ema-decay` it does nothing.
class AveragedWeights {
 public:
  explicit AveragedWeights(const Trainer& trainer);
  ~AveragedWeights();
  AveragedWeights(const AveragedWeights&) = delete;
  AveragedWeights& operator=(const AveragedWeights&) = delete;

 private:
  const Trainer& trainer_;
};

}  // namespace intertwiner
