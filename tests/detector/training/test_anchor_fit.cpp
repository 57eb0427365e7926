#include <algorithm>
#include <catch2/catch.hpp>

#include "data/open.h"
#include "detector/settings/presets.h"
#include "detector/training/anchor_fit.h"
#include "engine/error.h"
#include "tests/detector/evaluation/known_objects.h"

namespace intertwiner {
namespace {

using tests::KnownObjects;
using tests::object;

}  // namespace

TEST_CASE("anchors move to tall boxes of one size, and the best possible recall rises from 0 to 1") {
  std::vector<Annotation> objects;
  for (int i = 0; i < 40; ++i) {
    const auto x = static_cast<float>(8 * i), height = static_cast<float>(160 + i % 7);
    objects.push_back(object(1, {x, 100, x + 20, 100 + height}));
  }
  Settings settings = preset("faster-rcnn-small");
  const KnownObjects data({"tower"}, {tests::image(1, objects)});
  const AnchorFit fit = fit_anchors(data, settings);
  CHECK(fit.before.recall == 0);
  CHECK(fit.after.recall == 1);
  CHECK(fit.after.mean_iou > 0.65);
  CHECK(fit.sizes.size() == 5);
  CHECK(fit.ratios.size() == 3);
  CHECK(std::is_sorted(fit.sizes.begin(), fit.sizes.end()));
  CHECK(fit.ratios.back() > 5);

  settings.model.anchor_sizes = fit.sizes;
  settings.model.anchor_ratios = fit.ratios;
  const AnchorFit again = fit_anchors(data, settings);
  CHECK(again.before.mean_iou == fit.after.mean_iou);
  CHECK(again.after.recall == 1);
}

TEST_CASE("fitted anchors are never worse than those of the preset, also for a sample of many objects") {
  const OpenedDataSet opened = open_data_set("scenes:900", "train", {}, {});
  const AnchorFit fit = fit_anchors(*opened.data, preset("demo"));
  CHECK(fit.after.recall >= fit.before.recall);
  CHECK(fit.after.recall + fit.after.mean_iou > fit.before.recall + fit.before.mean_iou);
}

TEST_CASE("without objects there is nothing to fit") {
  CHECK_THROWS_AS(fit_anchors(KnownObjects({"tower"}, {tests::image(1, {})}), preset("small")), UserError);
}

}  // namespace intertwiner
