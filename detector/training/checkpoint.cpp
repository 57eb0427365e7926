#include "detector/training/checkpoint.h"

#include <algorithm>

#include "detector/settings/settings_json.h"
#include "engine/files/json.h"
#include "engine/files/weights_file.h"
#include "engine/finite.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr int kFormatVersion = 1;
constexpr int64_t kMaxSteps = int64_t{1} << 40;
constexpr const char* kFormatKey = "intertwiner_format";

Json to_json(const RunState& state) {
  Json json = {{"best_score", state.best_score}, {"best_step", state.best_step}};
  if (!state.algorithms.empty()) json["choices"] = state.algorithms;
  json["notes"] = state.notes;
  if (state.share > 0) json["share"] = state.share;
  json["step"] = state.step;
  json["steps_per_epoch"] = state.steps_per_epoch;
  json["total_steps"] = state.total_steps;
  return json;
}

RunState state_from_json(const Json& json) {
  const auto integer = [&](const char* name) { return json.at(name).get<int64_t>(); };
  const Json *algorithms = json.find("choices"), *share = json.find("share");
  return {integer("step"),
          integer("total_steps"),
          integer("steps_per_epoch"),
          json.at("best_score").get<double>(),
          integer("best_step"),
          json.at("notes").get<std::string>(),
          algorithms ? algorithms->get<std::string>() : "",
          share ? share->get<double>() : 0};
}

/// Throws UserError unless the header makes sense.
void check(const CheckpointHeader& header) {
  const auto is_step = [](int64_t step) { return step >= 0 && step <= kMaxSteps; };
  if (header.class_names.size() != header.category_ids.size())
    throw UserError(std::to_string(header.class_names.size()) + " classes, " +
                    std::to_string(header.category_ids.size()) + " category ids");
  if (!std::all_of(header.class_names.begin(), header.class_names.end(), is_printable))
    throw UserError("a class name is not plain text");
  if (!is_step(header.state.step) || !is_step(header.state.total_steps))
    throw UserError("its number of steps is out of range");
  if (!(header.state.share >= 0 && header.state.share <= 1)) throw UserError("its share of time is out of range");
}

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const CheckpointHeader& header, const Parameters& parameters,
                      const std::map<std::string, Tensor>& optimiser) {
  TensorFile file;
  for (const Parameter& parameter : parameters.parameters())
    file.tensors[parameter.name] = parameter.variable.value().to(Device::cpu);
  for (const Buffer& buffer : parameters.buffers())
    if (!(header.for_detection && buffer.for_training_only)) file.tensors[buffer.name] = buffer.tensor.to(Device::cpu);
  for (const auto& [name, tensor] : optimiser) file.tensors[name] = tensor.to(Device::cpu);
  file.metadata = {
      {kFormatKey, std::to_string(kFormatVersion)},
      {"settings", settings_to_json(header.settings)},
      {"classes", Json({{"category_ids", header.category_ids}, {"names", header.class_names}}).dump()},
      {"state", to_json(header.state).dump()},
      {"for_detection", header.for_detection ? "true" : "false"},
  };
  write_safetensors(path, file);
}

bool is_checkpoint(const std::map<std::string, std::string>& metadata) { return metadata.contains(kFormatKey); }

bool is_in_pytorch_order(const std::map<std::string, std::string>& metadata) {
  const auto order = metadata.find(kOrderKey);
  return order != metadata.end() && order->second == kPytorchOrder;
}

CheckpointHeader read_checkpoint_header(const std::map<std::string, std::string>& metadata, const std::string& name) {
  const auto version = metadata.find(kFormatKey);
  if (version == metadata.end())
    throw DamagedFile(name + ": not a checkpoint of this program (its metadata has no " + kFormatKey +
                      "); give one that train wrote");
  if (version->second != std::to_string(kFormatVersion))
    throw Unsupported(name + ": checkpoint of format " + version->second + ", this program reads format " +
                      std::to_string(kFormatVersion) + "; use the version that wrote it");
  try {
    const auto classes = Json::parse(metadata.at("classes"), {.unique_keys = true});
    const CheckpointHeader header{settings_from_json(metadata.at("settings")),
                                  classes.at("names").get<std::vector<std::string>>(),
                                  classes.at("category_ids").get<std::vector<int64_t>>(),
                                  state_from_json(Json::parse(metadata.at("state"), {.unique_keys = true})),
                                  metadata.at("for_detection") == "true"};
    check(header);
    return header;
  } catch (const UserError& error) {
    throw DamagedFile(name + ": the checkpoint's metadata is broken (" + error.what() + "); use another checkpoint");
  } catch (const JsonError& error) {
    throw DamagedFile(name + ": the checkpoint's metadata is broken (" + error.what() + "); use another checkpoint");
  } catch (const std::out_of_range&) {
    throw DamagedFile(name + ": the checkpoint's metadata is incomplete; use another checkpoint");
  }
}

namespace {

Checkpoint checkpoint_of(TensorFile file, const std::string& name) {
  if (is_in_pytorch_order(file.metadata))
    throw UserError(name + ": a checkpoint in PyTorch's memory order; convert it back: convert " + name +
                    " NEW.safetensors");
  return {read_checkpoint_header(file.metadata, name), std::move(file.tensors)};
}

}  // namespace

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  return checkpoint_of(read_safetensors(path), path.string());
}

std::optional<Checkpoint> read_checkpoint_if_it_is_one(const std::filesystem::path& path) {
  if (is_saved_by_torch(path)) return std::nullopt;
  TensorFile file = read_safetensors(path);
  if (!is_checkpoint(file.metadata)) return std::nullopt;
  return checkpoint_of(std::move(file), path.string());
}

Checkpoint parse_checkpoint(std::string_view bytes, const std::string& name) {
  return checkpoint_of(parse_safetensors(bytes, name), name);
}

void restore(const Checkpoint& checkpoint, const std::filesystem::path& path, const Parameters& parameters,
             bool for_detection) {
  std::vector<std::pair<Tensor, Tensor>> copies;  // from, to; copied after every tensor is checked
  const auto copy = [&](const std::string& name, const Tensor& to) {
    const auto found = checkpoint.tensors.find(name);
    if (found == checkpoint.tensors.end())
      throw DamagedFile(path.string() + ": has no " + name + ", which this model needs; it belongs to another model" +
                        (checkpoint.header.for_detection ? " or was written for detection only" : ""));
    if (found->second.shape() != to.shape())
      throw DamagedFile(path.string() + ": " + name + " is " + to_string(found->second.shape()) +
                        ", this model needs " + to_string(to.shape()) + "; it belongs to another model");
    if (found->second.dtype() != to.dtype())
      throw DamagedFile(path.string() + ": " + name + " is " + to_string(found->second.dtype()) +
                        ", this model needs " + to_string(to.dtype()) + "; use a checkpoint that train wrote");
    if (!is_finite(found->second))
      throw DamagedFile(path.string() + ": " + name +
                        " has values that are not finite: its training diverged; use an earlier checkpoint");
    copies.emplace_back(found->second, to);
  };
  for (const Parameter& parameter : parameters.parameters()) copy(parameter.name, parameter.variable.value());
  const size_t parameter_count = copies.size();
  for (const Buffer& buffer : parameters.buffers())
    if (!(for_detection && buffer.for_training_only)) copy(buffer.name, buffer.tensor);
  for (size_t i = 0; i < copies.size(); ++i) {
    if (for_detection && i < parameter_count) {  // in training, parameters must stay in the optimiser's memory
      parameters.parameters()[i].variable.set_value(copies[i].first.to(parameters.device()));
    } else {
      copies[i].second.copy_from(copies[i].first);
    }
  }
}

}  // namespace intertwiner
