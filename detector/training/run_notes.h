// Notes of a run: its data and its evaluations, so that --resume needs no other option. They are stored as JSON in the
// checkpoint (RunState::notes).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/data_selection.h"

namespace intertwiner {

/// RunNotes::eval_every: the interval is computed from the measured cost of an evaluation (run_length.h).
inline constexpr double kEvaluationByCost = -1;

struct RunNotes {
  DataSelection train_data;
  DataSelection val_data;                 ///< no specs: the run has no validation
  int64_t images = 0;                     ///< number of training images; if it changes, the run cannot be resumed
  double eval_every = kEvaluationByCost;  ///< epochs between evaluations; 0: only at the end
  int64_t steps_per_eval = 0;             ///< the same in steps; 0: not decided yet
  int64_t evaluated_step = -1;            ///< step of the last evaluation
  int64_t evaluations_without_gain = 0;   ///< since the best one; counted if the setting `patience` is not 0
  std::vector<int64_t> unread_images;     ///< ids of the images left out of the best evaluation: they were unreadable
  int64_t mosaic_end_step = -1;           ///< from this step on, no mosaics; −1: not decided yet, or the run has none
};

std::string notes_to_json(const RunNotes& notes);
/// Throws UserError unless notes_to_json wrote the text.
RunNotes notes_from_json(const std::string& text);

}  // namespace intertwiner
