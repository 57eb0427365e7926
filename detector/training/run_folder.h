// The folder of a training run, and what lies in it:
//
//   last.safetensors   the newest checkpoint: what `train --resume` goes on from
//   best.safetensors   the model with the best AP on the validation images: what `detect` and `evaluate` want
//   log.jsonl          a line for every step and every evaluation
//   settings.toml      the settings of the run, as --config reads them
#pragma once
#include <filesystem>

namespace intertwiner {

struct RunFolder {
  std::filesystem::path path;

  std::filesystem::path last() const { return path / "last.safetensors"; }
  std::filesystem::path best() const { return path / "best.safetensors"; }
  std::filesystem::path log() const { return path / "log.jsonl"; }
  std::filesystem::path settings() const { return path / "settings.toml"; }
};

/// Makes the folder where it is missing. Throws UserError where it holds a run and `overwrite` is not set, or cannot be
/// made; changes nothing in a folder that exists. `can_resume`: the message names --resume too.
RunFolder new_run_folder(const std::filesystem::path& path, bool overwrite, bool can_resume);

/// Throws UserError where the folder is missing or has no checkpoint to go on from.
RunFolder existing_run_folder(const std::filesystem::path& path);

}  // namespace intertwiner
