// Training: a model, its optimiser, and where in the run it is. One call of `step` is one iteration of section 6.5.
//
// Everything that decides the next step is in a checkpoint (parameters, buffers, momentum, class buffer, step); random
// numbers and the order of images follow from (seed, step). So a run that was killed and resumed gives the same bits.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "data/batch.h"
#include "detector/model/placement.h"
#include "detector/settings/settings.h"
#include "detector/training/checkpoint.h"
#include "detector/training/step_report.h"

namespace intertwiner {

class InterNet;

/// A loss or the gradient's norm that is NaN or infinite; `what` says which.
class NotFinite : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Trainer {
 public:
  /// A fresh model with weights drawn from settings.train.seed.
  Trainer(const Settings& settings, std::vector<std::string> class_names, std::vector<int64_t> category_ids,
          const Placement& where = {});
  ~Trainer();

  /// One iteration. Throws NotFinite where a loss or the gradient's norm is NaN or infinite; the weights then are those
  /// before the step.
  StepReport step(const Batch& batch);

  /// Writes parameters, buffers, optimiser and state; `for_detection` leaves out what only training needs.
  void save(const std::filesystem::path& path, bool for_detection = false) const;
  /// Goes on where a checkpoint of the same model stopped. Throws UserError where it is cut short or of another model.
  void load(const std::filesystem::path& path);
  /// The same for one that was read already; `path` is for messages.
  void load(const Checkpoint& checkpoint, const std::filesystem::path& path);
  /// Takes from a checkpoint the weights that fit by name and shape; returns names taken and names left.
  struct Taken {
    std::vector<std::string> taken, left;
  };
  Taken initialise_from(const std::filesystem::path& path);

  InterNet& model() const;
  const Settings& settings() const;
  const std::vector<std::string>& class_names() const;
  RunState& state();
  const RunState& state() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace intertwiner
