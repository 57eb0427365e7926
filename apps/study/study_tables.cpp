#include "apps/study/study_tables.h"

#include <algorithm>

#include "detector/settings/settings_check.h"
#include "detector/settings/settings_table.h"
#include "engine/error.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

using Changes = std::vector<std::pair<std::string, std::string>>;

constexpr double kMoreOnHigher = 40.0 / 224;  // base of "more on higher" over the default base (table 2a, 6.2)

/// The complete intertwiner with this large source, and further changes.
Changes complete(const std::string& large_source, const Changes& more = {}) {
  Changes changes = {{"intertwiner", "true"}, {"intertwiner-parts", "all"}, {"large-source", large_source}};
  changes.insert(changes.end(), more.begin(), more.end());
  return changes;
}

/// Rows of table 2 pool large objects from their own level: (b) of table 1, "the default setting in Table 2" (6.3).
Changes table_2(const Changes& more = {}) { return complete("higher", more); }

/// Networks of table 5 have no pyramid. InterNet is the complete intertwiner with optimal transport.
Changes without_pyramid(const std::string& backbone, bool intertwiner) {
  Changes changes = intertwiner ? complete("aligned", {{"alignment", "ot"}}) : Changes{{"intertwiner", "false"}};
  changes.insert(changes.end(), {{"pyramid", "none"}, {"backbone", backbone}});
  return changes;
}

std::vector<StudyRow> make_rows() {
  return {
      // Ablations of the intertwiner, and proposal assignment.
      {"baseline", {{"intertwiner", "false"}}},
      {"baseline-size", {{"intertwiner", "false"}, {"level-rule", "size"}}},
      {"baseline-higher", {{"intertwiner", "false"}}, kMoreOnHigher},
      {"make-up", {{"intertwiner", "true"}, {"intertwiner-parts", "make-up"}}},
      {"without-loss", {{"intertwiner", "true"}, {"intertwiner-parts", "without-loss"}}},
      {"intertwiner", table_2()},
      {"intertwiner-size", table_2({{"level-rule", "size"}})},
      {"intertwiner-higher", table_2(), kMoreOnHigher},
      // Large sources. The network of (c) gets its gradient through the buffer.
      {"same", complete("same")},
      {"bilinear", complete("bilinear")},
      {"network", complete("network", {{"buffer-gradient", "true"}})},
      {"kl", complete("aligned", {{"alignment", "kl"}})},
      {"l2", complete("aligned", {{"alignment", "l2"}})},
      {"ot", complete("aligned", {{"alignment", "ot"}})},
      {"ot-debiased", complete("aligned", {{"alignment", "ot-debiased"}})},
      // The intertwiner's loss. A factor of 10 makes sense only for the mean of KL over features, not for its sum.
      {"loss-l1", table_2({{"intertwiner-loss", "l1"}})},
      {"loss-kl", table_2({{"intertwiner-loss", "kl-mean"}})},
      {"loss-kl-sum", table_2({{"intertwiner-loss", "kl"}})},
      {"loss-l1-10", table_2({{"intertwiner-loss", "l1"}, {"intertwiner-factor", "10"}})},
      {"loss-l2-0.1", table_2({{"intertwiner-factor", "0.1"}})},
      {"loss-kl-10", table_2({{"intertwiner-loss", "kl-mean"}, {"intertwiner-factor", "10"}})},
      // Larger weights of the intertwiner's loss; a loss on the large objects' features.
      {"loss-l2-10", table_2({{"intertwiner-factor", "10"}})},
      {"loss-l2-100", table_2({{"intertwiner-factor", "100"}})},
      {"loss-l2-1000", table_2({{"intertwiner-factor", "1000"}})},
      {"loss-kl-sum-10", table_2({{"intertwiner-loss", "kl"}, {"intertwiner-factor", "10"}})},
      {"large-classes", table_2({{"large-class-factor", "1"}})},
      // The merge, the buffer, the workflow.
      {"separate", table_2({{"merge", "separate"}})},
      {"naive", table_2({{"merge", "naive"}})},
      {"window-2000", table_2({{"buffer", "window"}, {"buffer-window", "2000"}})},
      {"window-epoch", table_2({{"buffer", "window"}, {"buffer-window", "0"}})},
      {"decayed", table_2({{"buffer", "decayed"}})},
      {"per-level", table_2({{"buffers", "per-level"}})},
      {"attached", table_2({{"buffer-gradient", "true"}})},
      // Without a pyramid.
      {"vgg16-baseline", without_pyramid("vgg16", false)},
      {"vgg16", without_pyramid("vgg16", true)},
      {"resnet101-baseline", without_pyramid("resnet101", false)},
      {"resnet101", without_pyramid("resnet101", true)},
  };
}

std::vector<StudyTable> make_tables() {
  return {
      {"1",
       "where large objects are pooled from",
       "ResNet-101-FPN, COCO",
       {{"baseline", "(none) Faster R-CNN"},
        {"same", "(a) use P_l", "35.1", "20.2"},
        {"intertwiner", "(b) use P_m (baseline)", "40.5", "23.7"},
        {"bilinear", "(c) F bilinear", "40.6", "23.9"},
        {"network", "(c) F neural net", "41.3", "24.6"},
        {"kl", "(d) KL, F neural net", "41.0", "24.5"},
        {"l2", "(d) l2, F neural net", "41.8", "24.7"},
        {"ot", "(d) optimal transport (OT)", "42.5", "25.4"},
        {"ot-debiased", "(d) biased version of OT", "42.5", "25.3"}}},
      {"2a",
       "baseline and proposal assignment strategy",
       "ResNet-50-FPN, COCO",
       {{"baseline-size", "baseline, by RoI size", "30.9", "10.8"},
        {"baseline-higher", "baseline, more on higher", "31.3", "11.4"},
        {"baseline", "baseline, default", "32.8", "12.7"},
        {"make-up", "baseline with make-up"},
        {"without-loss", "everything but the loss"},
        {"intertwiner-size", "intertwiner, by RoI size", "33.7", "13.5"},
        {"intertwiner-higher", "intertwiner, more on higher", "32.3", "12.9"},
        {"intertwiner", "intertwiner, default", "35.2", "15.3"}}},
      {"2b",
       "feature intertwiner loss",
       "ResNet-50-FPN, COCO",
       {{"loss-l1", "l1", "34.2"},
        {"intertwiner", "l2 (default)", "35.2"},
        {"loss-kl", "KL div", "34.6"},
        {"loss-kl-sum", "KL div, summed over features"},
        {"loss-l1-10", "l1 (fac=10)", "34.4"},
        {"loss-l2-0.1", "l2 (fac=0.1)", "34.8"},
        {"loss-kl-10", "KL div (fac=10)", "35.6"}}},
      {"2c",
       "boosted detection feature source",
       "ResNet-50-FPN, COCO",
       {{"separate", "separate", "34.0"}, {"naive", "naive add", "fail"}, {"intertwiner", "linear", "35.2"}}},
      {"2d",
       "buffer choice design",
       "ResNet-101-FPN, COCO",
       {{"window-2000", "partial, 2000", "37.3"},
        {"window-epoch", "partial, 15k (epoch)", "38.8"},
        {"decayed", "all history, decay weight", "39.2"},
        {"intertwiner", "all history, equal weight", "40.5"}}},
      {"2e",
       "workflow design",
       "ResNet-101-FPN, COCO",
       {{"per-level", "multiple B: yes", "40.58"},
        {"intertwiner", "multiple B: no", "40.54"},
        {"intertwiner", "detach b_i: yes", "40.5"},
        {"attached", "detach b_i: no", "40.1"}}},
      {"5",
       "without a pyramid",
       "PASCAL VOC 2007 test, mAP at IoU 0.5; compare it with AP50",
       {{"vgg16-baseline", "Faster R-CNN, VGG-16 (07)", "69.9"},
        {"vgg16", "InterNet, VGG-16 (07)", "73.1"},
        {"resnet101-baseline", "Faster R-CNN, ResNet-101 (07+12)", "76.4"},
        {"resnet101", "InterNet, ResNet-101 (07+12)", "82.7"}},
       "mAP"},
      {"factors",
       "weights of the intertwiner's losses",
       "",
       {{"baseline", "Faster R-CNN"},
        {"intertwiner", "l2"},
        {"loss-l2-10", "l2, factor 10"},
        {"loss-l2-100", "l2, factor 100"},
        {"loss-l2-1000", "l2, factor 1000"},
        {"loss-kl-sum", "KL div, summed over features"},
        {"loss-kl-sum-10", "KL div, summed over features, factor 10"},
        {"large-classes", "l2, and a loss on the classes of large objects"}}},
  };
}

template <class Named>
const Named& find_named(const std::vector<Named>& all, const std::string& name, const std::string& option,
                        const std::string& and_also) {
  std::vector<std::string> allowed;
  for (const Named& candidate : all) {
    if (candidate.name == name) return candidate;
    allowed.push_back(candidate.name);
  }
  throw UserError(option + ": \"" + name + "\" is not known; give some of " + joined(allowed) + and_also);
}

}  // namespace

const std::vector<StudyTable>& study_tables() {
  static const std::vector<StudyTable> tables = make_tables();
  return tables;
}

const std::vector<StudyRow>& study_rows() {
  static const std::vector<StudyRow> rows = make_rows();
  return rows;
}

const StudyTable& study_table(const std::string& name) { return find_named(study_tables(), name, "--table", ", 3"); }

const StudyRow& study_row(const std::string& name) { return find_named(study_rows(), name, "--rows", ""); }

Settings settings_of(const StudyRow& row, const Settings& shared) {
  Settings settings = shared;
  settings.model.level_base *= row.level_base_share;
  const std::vector<SettingEntry> entries = describe_settings(settings);
  for (const auto& [name, value] : row.changes) set_value(entry_named(entries, name), value);
  reset_unread(settings);
  try {
    check_new_settings(settings);
  } catch (const UserError& error) {
    throw UserError("row " + row.name + ": " + error.what() + ", or leave the row out with --rows");
  }
  return settings;
}

}  // namespace intertwiner
