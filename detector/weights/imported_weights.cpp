#include "detector/weights/imported_weights.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "detector/weights/pytorch_layout.h"
#include "engine/error.h"
#include "engine/finite.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr std::string_view kBody = "backbone.body.", kFeatures = "backbone.body.features.";

std::string without(const std::string& text, std::string_view part) {
  const size_t at = text.find(part);
  return at == std::string::npos ? text : text.substr(0, at) + text.substr(at + part.size());
}

/// "inner_blocks.2.weight" for "inner_blocks.2.0.weight".
std::string without_last_index(const std::string& name) {
  const size_t last = name.rfind('.');
  return name.substr(0, name.rfind('.', last - 1)) + name.substr(last);
}

/// VGG-16's convolutions in torchvision's list of layers: with batch norm, as here, and without.
constexpr std::array<std::pair<int, int>, 13> kVggConvolutions = {{{0, 0},
                                                                   {3, 2},
                                                                   {7, 5},
                                                                   {10, 7},
                                                                   {14, 10},
                                                                   {17, 12},
                                                                   {20, 14},
                                                                   {24, 17},
                                                                   {27, 19},
                                                                   {30, 21},
                                                                   {34, 24},
                                                                   {37, 26},
                                                                   {40, 28}}};

/// Whether the file has a VGG without batch norm: its third layer is then a convolution.
bool is_plain_vgg(const StoredTensors& tensors) {
  const auto second = tensors.find("features.2.weight");
  return second != tensors.end() && second->second.shape.size() == 4;
}

/// "features.10.weight" of a VGG without batch norm for "features.14.weight" of one with it; nothing for a norm.
std::optional<std::string> name_in_plain_vgg(std::string_view rest) {
  const std::string_view index = rest.substr(0, rest.find('.')), what = rest.substr(index.size());
  for (const auto& [with_norm, plain] : kVggConvolutions)
    if (index == std::to_string(with_norm)) return "features." + std::to_string(plain) + std::string(what);
  return std::nullopt;
}

/// Names that a tensor of ours may have in a file, the likeliest first.
std::vector<std::string> names_in_file(const std::string& name, bool plain_vgg) {
  if (plain_vgg && name.starts_with(kFeatures)) {
    const auto plain = name_in_plain_vgg(std::string_view(name).substr(kFeatures.size()));
    return plain ? std::vector<std::string>{*plain} : std::vector<std::string>{};
  }
  std::vector<std::string> names = {name};
  if (name.starts_with(kBody)) {  // a backbone alone
    const std::string rest = name.substr(kBody.size());
    names.insert(names.end(), {rest, "body." + rest, "backbone." + rest});
  }
  // Older versions of torchvision have no blocks around these convolutions.
  if (name.starts_with("rpn.head.conv.0.0.")) names.push_back(without(name, ".0.0"));
  if (name.starts_with("backbone.fpn.")) names.push_back(without_last_index(name));
  return names;
}

void refuse_unknown_detectors(const StoredTensors& tensors, const std::string& file) {
  if (tensors.contains("roi_heads.box_head.5.weight") || tensors.contains("rpn.head.conv.1.0.weight"))
    throw UserError(
        file +
        ": these are the weights of torchvision's fasterrcnn_resnet50_fpn_v2, whose heads have convolutions "
        "that this program does not have; use those of fasterrcnn_resnet50_fpn");
}

}  // namespace

ImportReport import_weights(const StoredTensors& tensors, WeightLayout layout, const Parameters& parameters,
                            const std::string& file) {
  const bool is_foreign = layout == WeightLayout::pytorch;
  if (is_foreign) refuse_unknown_detectors(tensors, file);
  const bool plain_vgg = is_foreign && is_plain_vgg(tensors);
  ImportReport report;
  std::set<std::string> used;
  std::vector<std::pair<Tensor, Tensor>> copies;  // from, to; copied after every tensor is checked

  const auto take = [&](const std::string& name, const Tensor& to) {
    std::string reason;
    for (const std::string& candidate : is_foreign ? names_in_file(name, plain_vgg) : std::vector{name}) {
      const auto found = tensors.find(candidate);
      if (found == tensors.end()) continue;
      used.insert(candidate);
      const OurView view = is_foreign ? in_our_order(found->second, name) : OurView{found->second, found->second.shape};
      if (view.shape != to.shape()) {
        reason = to_string(found->second.shape) + " in the file, " + to_string(to.shape()) + " here";
        break;
      }
      const Tensor values = copied_as_float(view.stored).reshape(view.shape);
      if (!is_finite(values))
        throw UserError(file + ": " + printable(candidate) + " has values that are not finite; use other weights");
      copies.emplace_back(values, to);
      report.taken.push_back(name);
      return;
    }
    report.left.push_back({name, reason});
  };
  for (const Parameter& parameter : parameters.parameters()) take(parameter.name, parameter.variable.value());
  // A class buffer belongs to its run's classes and features, so a new run starts with an empty one.
  for (const Buffer& buffer : parameters.buffers())
    if (!buffer.for_training_only) take(buffer.name, buffer.tensor);

  for (const auto& [from, to] : copies) to.copy_from(from.to(to.dtype()));
  for (const auto& [name, tensor] : tensors)
    if (!used.contains(name) && !name.ends_with("num_batches_tracked")) report.unused.push_back(name);
  return report;
}

namespace {

/// The first two parts of a name: "roi_heads.box_head".
std::string group_of(const std::string& name) {
  const size_t first = name.find('.'), second = first == std::string::npos ? first : name.find('.', first + 1);
  return name.substr(0, second);
}

/// Groups in order of their first name, each with its number of names: "rpn.head (6), roi_heads.box_head (4)".
std::string grouped(const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, int64_t>> groups;
  for (const std::string& name : names) {
    const std::string group = group_of(name);
    auto found = std::find_if(groups.begin(), groups.end(), [&](const auto& entry) { return entry.first == group; });
    if (found == groups.end()) found = groups.insert(groups.end(), {group, 0});
    ++found->second;
  }
  std::vector<std::string> texts;
  for (const auto& [group, count] : groups) texts.push_back(group + " (" + std::to_string(count) + ")");
  return joined(texts);
}

/// Whether layers of the backbone have another shape in the file, as ResNet-50's have for ResNet-18.
bool is_other_backbone(const ImportReport& report) {
  return std::ranges::any_of(
      report.left, [](const ImportReport::Left& left) { return left.name.starts_with(kBody) && !left.reason.empty(); });
}

}  // namespace

std::vector<std::string> report_lines(const ImportReport& report, const std::string& file) {
  const size_t all = report.taken.size() + report.left.size();
  std::vector<std::string> lines = {"from " + file + ": " + std::to_string(report.taken.size()) + " of this model's " +
                                    std::to_string(all) + " tensors"};
  std::vector<std::string> missing, other_shape;
  for (const auto& [name, reason] : report.left) {
    if (reason.empty())
      missing.push_back(name);
    else
      other_shape.push_back(name + " (" + reason + ")");
  }
  if (!missing.empty()) lines.push_back("  not in the file, so left as they were: " + grouped(missing));
  if (!other_shape.empty()) lines.push_back("  of another shape, so left as they were: " + joined(other_shape));
  if (!report.unused.empty()) lines.push_back("  in the file, but not in this model: " + grouped(report.unused));
  if (is_other_backbone(report))
    lines.push_back("  the file is of another backbone: its --preset or --backbone would use more of it");
  return lines;
}

}  // namespace intertwiner
