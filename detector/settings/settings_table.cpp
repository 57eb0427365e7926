#include "detector/settings/settings_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "engine/error.h"

namespace intertwiner {
namespace {

constexpr double kMostSide = 8192;     // px
constexpr double kMostCount = 100000;  // anchors, proposals, regions, detections
constexpr double kMostSteps = 1e12;

/// Collects the entries of one heading after the other.
class Table {
 public:
  void group(const std::string& name) { group_ = name; }

  template <class T>
  SettingEntry& number(const std::string& name, T& value, double least, double most, const std::string& help) {
    SettingEntry& entry = add(name, help);
    entry.value = &value;
    entry.least = least;
    entry.most = most;
    return entry;
  }
  SettingEntry& truth(const std::string& name, bool& value, const std::string& help) {
    SettingEntry& entry = add(name, help);
    entry.value = &value;
    return entry;
  }
  SettingEntry& choice(const std::string& name, std::string& value, std::vector<std::string> choices,
                       const std::string& help) {
    SettingEntry& entry = add(name, help);
    entry.value = &value;
    entry.choices = std::move(choices);
    return entry;
  }
  std::vector<SettingEntry> take() { return std::move(entries_); }

 private:
  SettingEntry& add(const std::string& name, const std::string& help) {
    entries_.push_back({});
    entries_.back().name = name;
    entries_.back().group = group_;
    entries_.back().help = help;
    return entries_.back();
  }

  std::string group_;
  std::vector<SettingEntry> entries_;
};

void describe_input(Table& table, InputSettings& input) {
  table.group("Images");
  table.number("image-size", input.image_size, 0, kMostSide,
               "long side in px, padded to a square; 0: short-side and long-side decide");
  table.number("short-side", input.short_side, 32, kMostSide, "shorter side aimed at in px, when image-size is 0");
  table.number("long-side", input.long_side, 32, kMostSide, "longest side allowed in px, when image-size is 0");
  table.number("train-short-sides", input.train_short_sides, 32, kMostSide,
               "multi-scale training: each batch's short side in px is drawn from these, or none: one scale");
  table.truth("antialias", input.antialias, "widen the bilinear filter when shrinking");
}

void describe_model(Table& table, ModelSettings& model) {
  table.group("Network");
  table
      .choice("backbone", model.backbone, {"resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "vgg16"},
              "what turns pixels into features; vgg16 with SSD512's extra layers, at strides 16 to 128")
      .model = true;
  table
      .choice("pyramid", model.pyramid, {"fpn", "none"},
              "feature pyramid, or none: each of the backbone's maps is projected alone")
      .model = true;
  table.number("channels", model.channels, 8, 2048, "channels of the pyramid").model = true;
  table.number("head-features", model.head_features, 8, 8192, "width of the detection head and of the critic's output")
      .model = true;
  table.number("critic-features", model.critic_features, 8, 8192, "width between the critic's two convolutions").model =
      true;
  table
      .choice("backbone-norm", model.backbone_norm, {"live", "frozen"},
              "batch norm of the backbone: statistics of the batch, or the running ones")
      .model = true;
  table.number("anchor-sizes", model.anchor_sizes, 1, kMostSide, "anchors in px, one a level P2..P6").model = true;
  table.number("anchor-ratios", model.anchor_ratios, 0.01, 100, "heights over widths of anchors").model = true;
  table
      .choice("level-rule", model.level_rule, {"round", "floor", "size"},
              "a region's level: eq. 6; the same rounded down; or by whether it fills RoIAlign's output")
      .model = true;
  table.choice("roi-offset", model.roi_offset, {"half-pixel", "none"}, "RoIAlign's; none for weights trained elsewhere")
      .model = true;
  table
      .number("level-base", model.level_base, 1, kMostSide,
              "side in px of a region that level 4 sees (eq. 6); not read by level-rule size")
      .model = true;
  table.truth("intertwiner", model.intertwiner, "make-up, critic, class buffer, merge; without: Faster R-CNN with FPN")
      .model = true;
  table
      .choice("intertwiner-parts", model.intertwiner_parts, {"all", "without-loss", "make-up"},
              "all; make-up layer, critic and merge without buffer and losses; or the make-up layer alone")
      .model = true;
  table
      .choice("intertwiner-layers", model.intertwiner_layers, {"shared", "per-level"},
              "make-up layer and critic: shared by the levels, or one each a level")
      .model = true;
  table.number("critic-convolutions", model.critic_convolutions, 2, 3, "3: one more in the critic, 1×1, with its norm")
      .model = true;
  table
      .choice("merge", model.merge, {"linear", "separate", "naive"},
              "what the head makes of its features d and the critic's f: 0.5 d + 0.5 f; d alone; d + f")
      .model = true;
  table
      .choice("large-source", model.large_source, {"aligned", "same", "higher", "bilinear", "network"},
              "where large objects are pooled from (3.3): same (a), the small objects' level; higher (b), their own; "
              "bilinear, network (c), their own brought down; aligned (d), that made alike to the small objects' level")
      .model = true;
  table
      .choice("head-input", model.head_input, {"make-up", "pooled"},
              "what the head reads: the make-up layer's output, or the pooled features")
      .model = true;
  table.choice("head-norm", model.head_norm, {"batch", "none"}, "normalisation before each ReLU of the head").model =
      true;
}

void describe_proposals(Table& table, ProposalSettings& proposals) {
  table.group("Proposals");
  table.number("positive-iou", proposals.positive_iou, 0, 1, "least overlap of an anchor with its object");
  table.number("negative-iou", proposals.negative_iou, 0, 1, "an anchor that overlaps less is background");
  table.number("anchors-per-image", proposals.anchors_per_image, 1, kMostCount, "anchors an image in the loss");
  table.number("positive-anchor-fraction", proposals.positive_anchor_fraction, 0, 1, "most of them that are positive");
  table.number("train-candidates", proposals.train_candidates, 1, kMostCount, "best a level before NMS, in training");
  table.number("detect-candidates", proposals.detect_candidates, 1, kMostCount,
               "best a level before NMS, in detection");
  table.number("train-proposals", proposals.train_proposals, 1, kMostCount, "kept an image after NMS, in training");
  table.number("detect-proposals", proposals.detect_proposals, 1, kMostCount, "kept an image after NMS, in detection");
  table.number("proposal-nms", proposals.nms_iou, 0, 1, "proposals that overlap more are one");
}

void describe_regions(Table& table, RegionSettings& regions) {
  table.group("Regions");
  table.number("regions", regions.regions_per_image, 1, kMostCount, "regions an image in training's second stage");
  table.number("foreground-iou", regions.foreground_iou, 0, 1, "least overlap of a region with its object");
  table.number("foreground-fraction", regions.foreground_fraction, 0, 1, "most of the regions that are foreground");
}

void describe_intertwiner(Table& table, IntertwinerSettings& s) {
  table.group("Intertwiner");
  table.number("intertwiner-factor", s.factor, 0, 1e6, "weight of the intertwiner's loss");
  table
      .choice("intertwiner-loss", s.loss, {"l2", "l1", "kl", "kl-mean"},
              "between a small object's features and its class's; kl: summed over features, kl-mean: their mean")
      .model = true;
  table.truth("compare-last-level", s.compare_last_level, "compare level 5, which has no large set, too");
  table
      .choice("buffer", s.buffer, {"all", "decayed", "window"},
              "what a class's representative is the mean of: all history, decayed, or a window of iterations")
      .model = true;
  table.number("buffer-decay", s.buffer_decay, 0, 1,
               "of a decayed buffer, for each iteration with members of the class");
  table
      .number("buffer-window", s.buffer_window, 0, 1e6,
              "iterations of a window, for each of which a copy of the buffer is kept; 0: an epoch's")
      .model = true;
  table
      .choice("buffers", s.buffers, {"shared", "per-level"}, "one for all levels, or one each, level 5 using level 2's")
      .model = true;
  table.truth("buffer-gradient", s.buffer_gradient, "let gradient flow through the current large members");
  table.choice("large-set", s.large_set, {"foreground", "all"},
               "regions of the large set; background takes part in batch statistics alone");
  table.choice("running-statistics", s.running_statistics, {"small", "both"},
               "which sets move the critic's running statistics");
  table.number("large-class-factor", s.large_class_factor, 0, 1e6,
               "weight of a cross-entropy on the large members' features (4.1); 0: none");
  table.choice("alignment", s.alignment, {"ot", "ot-debiased", "l2", "kl"}, "how an aligned large source is made alike")
      .model = true;
  table.number("alignment-factor", s.alignment_factor, 0, 1e6, "weight of the alignment's loss");
  table.number("sinkhorn-epsilon", s.sinkhorn_epsilon, 1e-4, 100, "regularisation of optimal transport");
  table.number("sinkhorn-iterations", s.sinkhorn_iterations, 1, 1000, "iterations of optimal transport");
  table.choice("sinkhorn-gradient", s.sinkhorn_gradient, {"held", "through"},
               "with the transport plan held fixed, or through all iterations");
}

void describe_training(Table& table, TrainSettings& train) {
  table.group("Training");
  table.number("epochs", train.epochs, 0.001, 1e6, "passes over the images, unless minutes or steps are given");
  table.number("minutes", train.minutes, 0, 1e6, "train for about so long, evaluation included; 0: epochs decide");
  table.number("steps", train.steps, 0, kMostSteps, "train for exactly so many steps; 0: minutes or epochs decide");
  table.number("batch", train.batch, 1, 1024, "images a step");
  table.number("learning-rate", train.learning_rate, 0, 10, "rate of SGD, for this batch");
  table.number("drops", train.drops, 0, 1, "fractions of the length after which the rate is divided by 10, or none");
  table.number("warmup-steps", train.warmup_steps, 0, kMostSteps, "steps in which the rate rises from 0");
  table.number("momentum", train.momentum, 0, 0.9999, "momentum of SGD");
  table.number("weight-decay", train.weight_decay, 0, 1, "of weights; biases and batch norm have none");
  table.number("clip-norm", train.clip_norm, 0, 1e6, "greatest norm of all gradients together; 0: no clipping");
  table.number("flip", train.flip, 0, 1, "probability that an image is mirrored");
  table.truth("skip-empty", train.skip_empty, "leave out images without objects; else they train as background");
  table.number("seed", train.seed, 0, std::ldexp(1.0, 64), "of all random choices");
  table.number("loader-workers", train.loader_workers, 0, 256, "threads that read images ahead");
  table.number("save-every", train.save_every, 0, 1e6, "minutes between checkpoints; 0: one after every step");
}

void describe_detection(Table& table, DetectSettings& detect) {
  table.group("Detection");
  table.number("score", detect.score, 0, 1, "least score of a detection");
  table.number("nms", detect.nms, 0, 1, "boxes of a class that overlap more are one object");
  table.number("detections", detect.detections, 1, kMostCount, "most detections an image");
}

/// The shortest text that reads back as the same number: 0.1, not 0.10000000000000001.
std::string number_text(double value) {
  char text[40];
  for (int digits = 1; digits <= std::numeric_limits<double>::max_digits10; ++digits) {
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  // 1e+03 and 2e+05 read as 1000 and 200000.
  if (value == std::floor(value) && std::abs(value) < 1e15) std::snprintf(text, sizeof text, "%.0f", value);
  return text;
}

std::string join(const std::vector<std::string>& parts, const std::string& between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

std::string short_number_text(double value) {
  if (value == std::floor(value)) return number_text(value);
  char text[40];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::string text_of_value(const SettingEntry& entry, std::string (*text_of)(double)) {
  struct Writer {
    std::string (*text_of)(double);
    std::string operator()(const bool* value) const { return *value ? "true" : "false"; }
    std::string operator()(const int64_t* value) const { return std::to_string(*value); }
    std::string operator()(const uint64_t* value) const { return std::to_string(*value); }
    std::string operator()(const double* value) const { return text_of(*value); }
    std::string operator()(const std::string* value) const { return *value; }
    std::string operator()(const std::vector<double>* values) const {
      std::vector<std::string> texts;
      for (const double value : *values) texts.push_back(text_of(value));
      return texts.empty() ? "none" : join(texts, ",");
    }
  };
  return std::visit(Writer{text_of}, entry.value);
}

[[noreturn]] void refuse(const SettingEntry& entry, const std::string& text) {
  throw UserError(entry.name + ": \"" + text + "\" is not allowed; give " + allowed_text(entry));
}

template <class T>
T parse_number(const SettingEntry& entry, const std::string& text, const std::string& whole) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) refuse(entry, whole);
  const double number = static_cast<double>(value);
  if (!(number >= entry.least && number <= entry.most)) refuse(entry, whole);  // also refuses what is not a number
  return value;
}

std::vector<double> parse_list(const SettingEntry& entry, const std::string& text) {
  if (text == "none") return {};
  std::vector<double> values;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    std::string item = text.substr(begin, end - begin);
    item.erase(std::remove(item.begin(), item.end(), ' '), item.end());
    values.push_back(parse_number<double>(entry, item, text));
    begin = end + 1;
  }
  return values;
}

bool parse_truth(const SettingEntry& entry, const std::string& text) {
  if (text == "true" || text == "yes" || text == "on" || text == "1") return true;
  if (text == "false" || text == "no" || text == "off" || text == "0") return false;
  refuse(entry, text);
}

}  // namespace

std::vector<SettingEntry> describe_settings(Settings& settings) {
  Table table;
  describe_training(table, settings.train);
  describe_input(table, settings.input);
  describe_model(table, settings.model);
  describe_intertwiner(table, settings.intertwiner);
  describe_proposals(table, settings.proposals);
  describe_regions(table, settings.regions);
  describe_detection(table, settings.detect);
  return table.take();
}

const SettingEntry& entry_named(const std::vector<SettingEntry>& entries, const std::string& name) {
  const auto is_named = [&](const SettingEntry& entry) { return entry.name == name; };
  const auto found = std::find_if(entries.begin(), entries.end(), is_named);
  if (found == entries.end()) throw InternalError("no setting " + name);
  return *found;
}

std::string value_text(const SettingEntry& entry) { return text_of_value(entry, number_text); }

std::string short_value_text(const SettingEntry& entry) { return text_of_value(entry, short_number_text); }

std::string allowed_text(const SettingEntry& entry) {
  const std::string range = number_text(entry.least) + " to " + number_text(entry.most);
  struct Writer {
    const SettingEntry& entry;
    const std::string& range;
    std::string operator()(const bool*) const { return "true or false"; }
    std::string operator()(const int64_t*) const { return "a whole number, " + range; }
    std::string operator()(const uint64_t*) const {
      return "a whole number, 0 to " + std::to_string(std::numeric_limits<uint64_t>::max());
    }
    std::string operator()(const double*) const { return "a number, " + range; }
    std::string operator()(const std::string*) const { return "one of " + join(entry.choices, ", "); }
    std::string operator()(const std::vector<double>*) const { return "numbers with commas between, each " + range; }
  };
  return std::visit(Writer{entry, range}, entry.value);
}

void set_value(const SettingEntry& entry, const std::string& text) {
  struct Reader {
    const SettingEntry& entry;
    const std::string& text;
    void operator()(bool* value) const { *value = parse_truth(entry, text); }
    void operator()(int64_t* value) const { *value = parse_number<int64_t>(entry, text, text); }
    void operator()(uint64_t* value) const { *value = parse_number<uint64_t>(entry, text, text); }
    void operator()(double* value) const { *value = parse_number<double>(entry, text, text); }
    void operator()(std::string* value) const {
      if (std::find(entry.choices.begin(), entry.choices.end(), text) == entry.choices.end()) refuse(entry, text);
      *value = text;
    }
    void operator()(std::vector<double>* value) const { *value = parse_list(entry, text); }
  };
  std::visit(Reader{entry, text}, entry.value);
}

}  // namespace intertwiner
