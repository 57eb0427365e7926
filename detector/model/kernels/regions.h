// Index functions of regions: which of many rows there are, what is trained on, and the large set's members.
#pragma once
#include "detector/model/box_coder.h"
#include "detector/model/levels.h"
#include "engine/kernels/keys.h"

namespace intertwiner::kernels {

/// A row's number is its key, where its flag is not negative.
struct RowKeys {
  const int32_t* flag;
  int32_t* key;
  INTERTWINER_HD void operator()(int64_t r) const { key[r] = flag[r] < 0 ? kNoKey : static_cast<int32_t>(r); }
};

/// 1 for the first `count` of an image's `places`, −1 behind them.
struct FlagPresent {
  const int32_t* count;
  int64_t places;
  int32_t* flag;
  INTERTWINER_HD void operator()(int64_t i) const { flag[i] = i % places < count[i / places] ? 1 : -1; }
};

/// Rows of one level.
struct FlagLevel {
  const int32_t* level;
  int32_t wanted;
  int32_t* flag;
  INTERTWINER_HD void operator()(int64_t r) const { flag[r] = level[r] == wanted ? 1 : -1; }
};

/// Tells each chosen row where it stands: `begin` and what follows.
struct PlaceBack {
  const int32_t* rows;
  int64_t begin;
  int32_t* place;
  INTERTWINER_HD void operator()(int64_t i) const {
    if (rows[i] >= 0) place[rows[i]] = static_cast<int32_t>(begin + i);
  }
};

/// Members of the large sets; the index is (level l, region), as eq. 7 goes through them.
struct FlagLarge {
  const int32_t *level, *label;
  int64_t regions;
  bool with_background;
  int32_t* flag;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t l = index / regions, r = index % regions;
    flag[index] = level[r] > l && label[r] >= (with_background ? 0 : 1) ? 1 : -1;
  }
};

/// A member of a large set by its number among (level, region); T is the type of the regions' sides.
template <class T>
struct LargeMember {
  const int32_t* members;
  const T* regions;
  const int32_t *region_image, *region_level, *region_label;
  int64_t region_count;
  int32_t map_of_pair[4][4];
  double* boxes;
  int32_t *image, *map, *level, *labels;

  INTERTWINER_HD void operator()(int64_t i) const {
    const int64_t member = members[i], l = member / region_count, r = member % region_count;
    const bool there = member >= 0;
    for (int64_t k = 0; k < 4; ++k) boxes[4 * i + k] = there ? static_cast<double>(regions[4 * r + k]) : 0;
    image[i] = there ? region_image[r] : -1;
    map[i] = there ? map_of_pair[l][region_level[r]] : -1;
    level[i] = there ? static_cast<int32_t>(l) : -1;
    labels[i] = there ? region_label[r] : -1;
  }
};

/// Where regions are written; the index is a region. One that is not there has image and level −1.
struct RegionRows {
  LevelSplit split;
  Box* boxes;
  int32_t *image, *level;

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

/// Regions of proposals, `places` an image, by their numbers.
struct ProposalRegion {
  const int32_t* rows;
  const Box* proposals;
  int64_t places;
  RegionRows out;

  INTERTWINER_HD void operator()(int64_t r) const {
    if (rows[r] < 0)
      out.leave_out(r);
    else
      out.write(r, proposals[rows[r]], rows[r] / places);
  }
};

/// An image's proposals and, behind them, its objects; the index is (image, place).
struct JoinCandidates {
  const Box *proposals, *objects;
  const int32_t *proposal_count, *object_count;
  int64_t proposal_places, object_places;
  Box* out;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t places = proposal_places + object_places, n = index / places, i = index % places;
    const int64_t first = proposal_count[n];
    if (i < first)
      out[index] = proposals[n * proposal_places + i];
    else
      out[index] = i - first < object_count[n] ? objects[n * object_places + i - first] : Box{};
  }
};

struct AddCounts {
  const int32_t *a, *b;
  int32_t* sum;
  INTERTWINER_HD void operator()(int64_t i) const { sum[i] = a[i] + b[i]; }
};

/// Positives first, then negatives, each in order; what is neither has no key. The index is (image, candidate).
struct PositivesFirst {
  const int32_t* label;
  int64_t width;
  int32_t* key;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t i = index % width;
    key[index] = label[index] < 0 ? kNoKey : static_cast<int32_t>(label[index] == 1 ? i : width + i);
  }
};

/// What is trained on, by its number among the `places` an image's choice has.
struct SampledRegion {
  const int32_t *rows, *chosen, *label, *object, *classes;
  const Box *candidates, *objects;
  int64_t places, width, object_places;
  RegionRows out;
  int32_t* out_label;
  BoxCoder::Deltas* deltas;

  INTERTWINER_HD void operator()(int64_t r) const {
    deltas[r] = {0, 0, 0, 0};
    out_label[r] = -1;
    if (rows[r] < 0) return out.leave_out(r);
    const int64_t n = rows[r] / places, at = n * width + chosen[rows[r]];
    out.write(r, candidates[at], n);
    out_label[r] = 0;
    if (label[at] != 1) return;
    const int64_t g = n * object_places + object[at];
    out_label[r] = classes[g];
    deltas[r] = BoxCoder(kRegionCoder).encode(candidates[at], objects[g]);
  }
};

/// Deltas of positive anchors, zeros for the rest; the index is (image, anchor).
struct AnchorDeltas {
  const int32_t *label, *object;
  const Box *anchors, *objects;
  int64_t width, object_places;
  BoxCoder::Deltas* deltas;

  INTERTWINER_HD void operator()(int64_t index) const {
    const int64_t n = index / width;
    deltas[index] =
        label[index] == 1
            ? BoxCoder(kAnchorCoder).encode(anchors[index % width], objects[n * object_places + object[index]])
            : BoxCoder::Deltas{0, 0, 0, 0};
  }
};

}  // namespace intertwiner::kernels
