// Index functions of kernels/regions.h.
#pragma once
#include "detector/model/box_coder.h"
#include "detector/model/levels.h"
#include "engine/kernels/keys.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// Where regions are written; the index is a row. A row that is not valid has image and level −1.
struct RegionRows {
  [[no_unique_address]] NamedFields named{};
  Box* boxes;
  int32_t *image, *level;
  LevelSplit split;

  INTERTWINER_HD void write(int64_t r, const Box& box, int64_t n) const {
    boxes[r] = box;
    image[r] = static_cast<int32_t>(n);
    level[r] = static_cast<int32_t>(split.level_of(box) - kFinestLevel);
  }
  INTERTWINER_HD void leave_out(int64_t r) const {
    boxes[r] = {};
    image[r] = level[r] = -1;
  }
};

/// Regions of proposals, `capacity` an image, by their numbers.
struct ProposalRegion {
  [[no_unique_address]] NamedFields named{};
  const int32_t* rows;
  const Box* proposals;
  int64_t capacity;
  RegionRows out;

  INTERTWINER_HD void operator()(int64_t r) const {
    if (rows[r] < 0)
      out.leave_out(r);
    else
      out.write(r, proposals[rows[r]], rows[r] / capacity);
  }
};

/// An image's first boxes and, behind them, its second ones; the index is (image, row).
struct JoinLists {
  [[no_unique_address]] NamedFields named{};
  const Box *first, *second;
  const int32_t *first_count, *second_count;
  int64_t first_capacity, second_capacity;
  Box* out;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t capacity = first_capacity + second_capacity, n = index / capacity, i = index % capacity;
    const int64_t begin = first_count[n];
    if (i < begin)
      out[index] = first[n * first_capacity + i];
    else
      out[index] = i - begin < second_count[n] ? second[n * second_capacity + i - begin] : Box{};
  }
};

struct AddCounts {
  [[no_unique_address]] NamedFields named{};
  const int32_t *a, *b;
  int32_t* sum;
  INTERTWINER_HD void operator()(int64_t i) const { sum[i] = a[i] + b[i]; }
};

/// Keys by which positives come first, then negatives, each in order; the index is (image, candidate).
struct PositivesFirst {
  [[no_unique_address]] NamedFields named{};
  const int32_t* label;
  int64_t width;
  int32_t* key;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t i = index % width;
    key[index] = label[index] < 0 ? kNoKey : static_cast<int32_t>(label[index] == 1 ? i : width + i);
  }
};

/// A sampled region with its label and deltas, by its number among the `capacity` of each image.
struct SampledRegion {
  [[no_unique_address]] NamedFields named{};
  const int32_t *rows, *sampled, *label, *object, *classes;
  const Box *candidates, *objects;
  int64_t capacity, width, object_capacity;
  RegionRows out;
  int32_t* out_label;
  BoxCoder::Deltas* deltas;

  INTERTWINER_HD void operator()(int64_t r) const {
    deltas[r] = {0, 0, 0, 0};
    out_label[r] = -1;
    if (rows[r] < 0) return out.leave_out(r);
    const int64_t n = rows[r] / capacity, at = n * width + sampled[rows[r]];
    out.write(r, candidates[at], n);
    out_label[r] = 0;
    if (label[at] != 1) return;
    const int64_t g = n * object_capacity + object[at];
    out_label[r] = classes[g];
    deltas[r] = BoxCoder(kRegionCoder).encode(candidates[at], objects[g]);
  }
};

}  // namespace intertwiner::kernels
