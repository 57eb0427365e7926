// Training with a person before the screen: a status line that moves, lines that stay, and Ctrl-C.
#pragma once
#include <string>

#include "detector/training/training_run.h"

namespace intertwiner {

/// Takes the weights of a checkpoint as far as they fit, and prints what was taken and left. Throws UserError where
/// nothing fits.
void initialise_and_print(TrainingRun& run, const std::string& file);

/// Trains until the end, or until SIGINT or SIGTERM, and prints how it goes. `to_go_on`: what a person does to go on
/// after a stop. Returns the program's exit code. Throws as TrainingRun::train.
int train_on_terminal(TrainingRun& run, const std::string& to_go_on);

}  // namespace intertwiner
