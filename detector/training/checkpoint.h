// A checkpoint: a safetensors file with a model's parameters and buffers by name. Its metadata holds the format
// version, the settings, the classes and the state of the run. A checkpoint for training also holds the optimiser's
// moments.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detector/settings/settings.h"
#include "engine/files/safetensors.h"
#include "layers/parameters.h"

namespace intertwiner {

/// The state of a run.
struct RunState {
  int64_t step = 0;         ///< steps done
  int64_t total_steps = 0;  ///< length of the run; 0: given in minutes, and not over
  int64_t steps_per_epoch = 0;
  double best_score = -1;       ///< AP of the best evaluation
  int64_t best_step = 0;        ///< its step
  std::string notes;            ///< JSON of the run's data and evaluations (run_notes.h)
  std::string algorithms = {};  ///< Backend::algorithms of the last device; empty: it has none
  double share = 0;             ///< of the minutes that had passed before the last step; only if they decide the length

  /// The share of the training that is done before the next step, 0 to 1.
  double done() const { return total_steps > 0 ? static_cast<double>(step) / static_cast<double>(total_steps) : share; }
};

/// The metadata of a checkpoint.
struct CheckpointHeader {
  Settings settings;
  std::vector<std::string> class_names;
  std::vector<int64_t> category_ids;
  RunState state;
  bool for_detection = false;  ///< has no moments, class buffer or other tensors that only training needs
};

struct Checkpoint {
  CheckpointHeader header;
  std::map<std::string, Tensor> tensors;
};

/// Writes a checkpoint; `optimiser` has the tensors of the optimiser by name. Throws UserError if the file cannot be
/// written, and leaves an old file as it was.
void write_checkpoint(const std::filesystem::path& path, const CheckpointHeader& header, const Parameters& parameters,
                      const std::map<std::string, Tensor>& optimiser);

/// Throws UserError if the file is missing, cut short, not a checkpoint of this program, or of another format version.
Checkpoint read_checkpoint(const std::filesystem::path& path);

/// The same; nothing if the file is one of weights that another program wrote.
std::optional<Checkpoint> read_checkpoint_if_it_is_one(const std::filesystem::path& path);

/// The same for the bytes of a checkpoint. Messages begin with `name`.
Checkpoint parse_checkpoint(std::string_view bytes, const std::string& name);

/// Whether a safetensors file with this metadata is a checkpoint of this program.
bool is_checkpoint(const std::map<std::string, std::string>& metadata);

/// Reads the metadata of a checkpoint, which read_checkpoint does too. Throws UserError as it does; messages begin with
/// `name`.
CheckpointHeader read_checkpoint_header(const std::map<std::string, std::string>& metadata, const std::string& name);

/// Loads the tensors into parameters and buffers. `path` is used in messages. `for_detection`: leaves out the buffers
/// that only training needs. Throws UserError if a tensor is missing or has another shape, and then changes nothing.
void restore(const Checkpoint& checkpoint, const std::filesystem::path& path, const Parameters& parameters,
             bool for_detection);

/// Metadata of a checkpoint in PyTorch's memory order (detector/weights/convert_weights.h), which must be converted
/// back before it is used.
constexpr const char *kOrderKey = "memory_order", *kPytorchOrder = "pytorch";
bool is_in_pytorch_order(const std::map<std::string, std::string>& metadata);

}  // namespace intertwiner
