// Training with progress on the terminal, and a clean stop by Ctrl-C.
#pragma once
#include <string>

#include "detector/training/training_run.h"

namespace intertwiner {

/// Copies the weights of a checkpoint that fit, and prints how many were taken and which were left. Throws UserError if
/// none fits.
void initialise_and_print(TrainingRun& run, const std::string& file);

constexpr int kStopped = 128;  ///< a stop's exit code is above it
/// The exit code of a program that was stopped. The signal may have reached another process alone.
int stop_code();

/// Trains to the end, or until SIGINT or SIGTERM, and prints the progress. `to_continue`: the command that continues
/// the run after a stop, for a message. `tensorboard`: folder for an event file (apps/report/event_file.h); empty:
/// none. Returns the program's exit code: 0, 2 if validation images could not be read and were left out, or kStopped +
/// the signal. Throws the errors of TrainingRun::train and of EventFile.
int train_on_terminal(TrainingRun& run, const std::string& to_continue, const std::string& tensorboard = "");

}  // namespace intertwiner
