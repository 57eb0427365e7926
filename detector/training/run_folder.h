// The folder of a training run and its files:
//
//   last.safetensors   the newest checkpoint; `train --resume` continues from it
//   best.safetensors   the model with the highest AP on the validation images, for `detect` and `evaluate`; without an
//                      evaluation, the model at the end or the last stop
//   log.jsonl          one line for every step and every evaluation
//   results.csv        a row for each epoch and each evaluation (logged_run.h)
//   settings.toml      the settings of the run; --config can read it
//   detections.json    the best model's detections in the validation images, in COCO's results format
//   report.html        the report, which the programs `train` and `report` write
#pragma once
#include <filesystem>

#include "engine/files/output_check.h"

namespace intertwiner {

struct RunFolder {
  std::filesystem::path path;

  std::filesystem::path last() const { return path / "last.safetensors"; }
  std::filesystem::path best() const { return path / "best.safetensors"; }
  std::filesystem::path log() const { return path / "log.jsonl"; }
  std::filesystem::path results() const { return path / "results.csv"; }
  std::filesystem::path detections() const { return path / "detections.json"; }
  std::filesystem::path report() const { return path / "report.html"; }
  std::filesystem::path settings() const { return path / "settings.toml"; }
};

/// Creates the folder if it is missing; changes nothing in a folder that exists. Throws UserError if one of its files
/// must not be written by the rules, or if the folder cannot be created. `can_resume`: the message also suggests to
/// resume the run.
RunFolder new_run_folder(const std::filesystem::path& path, const OutputRules& rules, bool can_resume);

/// Throws UserError if the folder or its last checkpoint is missing.
RunFolder existing_run_folder(const std::filesystem::path& path);

}  // namespace intertwiner
