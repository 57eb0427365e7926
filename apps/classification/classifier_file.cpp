#include "apps/classification/classifier_file.h"

#include "detector/training/checkpoint.h"
#include "engine/files/json.h"
#include "engine/files/safetensors.h"

namespace intertwiner {
namespace {

constexpr const char* kKey = "intertwiner_classifier";
constexpr int kVersion = 1;

}  // namespace

void write_classifier(const std::filesystem::path& path, const ClassifierShape& shape, const ClassifierNotes& notes,
                      const Parameters& parameters) {
  TensorFile file;
  for (const Parameter& parameter : parameters.parameters())
    file.tensors[parameter.name] = parameter.variable.value().to(Device::cpu);
  for (const Buffer& buffer : parameters.buffers()) file.tensors[buffer.name] = buffer.tensor.to(Device::cpu);
  const Json about = {{"blocks", shape.blocks},
                      {"classes", notes.class_names},
                      {"epochs", notes.epochs},
                      {"version", kVersion},
                      {"width", shape.width}};
  file.metadata = {{kKey, about.dump()}};
  write_safetensors(path, file);
}

LoadedClassifier load_classifier(const std::filesystem::path& path, Device device) {
  TensorFile file = read_safetensors(path);
  const auto found = file.metadata.find(kKey);
  if (found == file.metadata.end())
    throw UserError(path.string() + ": not a classifier (its metadata has no " + kKey +
                    "); give a file that classify wrote");
  LoadedClassifier loaded;
  ClassifierShape shape;
  try {
    const Json about = Json::parse(found->second);
    if (about.at("version") != kVersion)
      throw UserError(path.string() + ": classifier of format " + about.at("version").dump() +
                      ", this program reads format " + std::to_string(kVersion) + "; use the version that wrote it");
    loaded.notes = {about.at("classes").get<std::vector<std::string>>(), about.at("epochs").get<int64_t>()};
    shape = {static_cast<int64_t>(loaded.notes.class_names.size()),
             about.at("blocks").get<int64_t>(),
             about.at("width").get<int64_t>(),
             {}};
  } catch (const JsonError&) {
    throw UserError(path.string() + ": the classifier's metadata is broken; use another file");
  }
  constexpr int64_t kMost = 4096;  // what no sensible network exceeds: a broken file must not ask for all memory
  for (const int64_t size : {shape.classes, shape.blocks, shape.width})
    if (size < 1 || size > kMost)
      throw UserError(path.string() + ": the classifier's metadata is broken; use another file");
  loaded.parameters = std::make_unique<Parameters>(std::nullopt, DType::float32, device);
  loaded.model = std::make_unique<Classifier>(Scope(*loaded.parameters), shape);
  restore({{}, std::move(file.tensors)}, path, *loaded.parameters, true);
  return loaded;
}

}  // namespace intertwiner
