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
#include <utility>
#include <vector>

#include "data/batch.h"
#include "detector/model/placement.h"
#include "detector/settings/settings.h"

namespace intertwiner {

class InterNet;

/// Losses of one step by name (rpn_objectness, rpn_box, class, box, intertwiner, large_class,
/// alignment), and what else is logged.
struct StepReport {
  std::vector<std::pair<std::string, double>> losses;
  double total = 0;
  double learning_rate = 0;
  double gradient_norm = 0;  ///< before clipping
};

/// What a checkpoint says of its run beside the model.
struct RunState {
  int64_t step = 0;         ///< steps done
  int64_t total_steps = 0;  ///< planned length; 0: not decided yet
  int64_t steps_per_epoch = 0;
  double best_score = -1;  ///< AP of the best epoch
  int64_t best_step = 0;
  std::string notes;         ///< JSON of the program's own (data sets, splits)
  std::string choices = {};  ///< Backend::choices of the device that it was trained on last, if it has any
};

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
  /// Takes from a checkpoint the weights that fit by name and shape; returns names taken and names left.
  struct Taken {
    std::vector<std::string> taken, left;
  };
  Taken initialise_from(const std::filesystem::path& path);

  InterNet& model();
  const Settings& settings() const;
  const std::vector<std::string>& class_names() const;
  RunState& state();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// A model read from a checkpoint, ready to detect, with what the checkpoint says of it.
struct LoadedModel {
  std::shared_ptr<InterNet> model;
  Settings settings;
  std::vector<std::string> class_names;
  std::vector<int64_t> category_ids;
  RunState state;
};
/// Throws UserError where the file is missing, cut short, of another format version, or not a checkpoint of this
/// program.
LoadedModel load_model(const std::filesystem::path& path, const Placement& where = {});

}  // namespace intertwiner
