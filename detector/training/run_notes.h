// What a run has to remember beside its model and settings, so that --resume needs no other option. It lies as JSON in
// the checkpoint (RunState::notes).
#pragma once
#include <cstdint>
#include <string>

#include "data/data_choice.h"

namespace intertwiner {

inline constexpr double kEvaluationByCost = -1;

struct RunNotes {
  DataChoice train_data;
  DataChoice val_data;                    ///< no specs: there is nothing to validate on
  int64_t images = 0;                     ///< in the training data, to notice when it has changed
  double eval_every = kEvaluationByCost;  ///< epochs between evaluations, as asked for; 0: at the end only
  int64_t steps_per_eval = 0;             ///< what was made of it; 0: not decided yet
  int64_t evaluated_step = -1;            ///< step of the last evaluation
};

std::string notes_to_json(const RunNotes& notes);
/// Throws UserError where the text is not of notes_to_json.
RunNotes notes_from_json(const std::string& text);

}  // namespace intertwiner
