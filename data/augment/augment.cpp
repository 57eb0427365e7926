#include "data/augment/augment.h"

#include <algorithm>
#include <cmath>

#include "data/augment/iou_crop.h"
#include "data/augment/mosaic.h"
#include "data/augment/scale_jitter.h"
#include "data/augment/zoom_out.h"

namespace intertwiner {
namespace {

/// One axis of a framing: input px i shows [begin + i · step, begin + (i + 1) · step) of the canvas.
struct FramedAxis {
  double begin, step;
  int count;

  double to_input(double canvas) const { return (canvas - begin) / step; }
  /// The px of the input whose centres show the image that begins at `at` on the canvas, and what they read of it.
  /// `first`: the first of these px.
  AxisWindow window(double at, double scale, int side, int& first) const {
    const auto first_centre_from = [&](double input) {
      return static_cast<int>(std::ceil(std::clamp(input, 0.0, static_cast<double>(count)) - 0.5));
    };
    first = first_centre_from(to_input(at));
    const int end = first_centre_from(to_input(at + side * scale));
    return {.begin = (begin + first * step - at) / scale, .ratio = step / scale, .count = end - first};
  }
};

struct Frame {
  FramedAxis x, y;
  bool flip;
};

Frame frame_of(const View& view, const Framing& framing, bool flip) {
  const auto axis = [](int begin, int length, int full, int skipped, int count) {
    const double step = static_cast<double>(length) / full;
    return FramedAxis{begin + skipped * step, step, count};
  };
  return {axis(view.x1, view.width(), framing.full_width, framing.left, framing.width),
          axis(view.y1, view.height(), framing.full_height, framing.top, framing.height), flip};
}

Box to_input(const Frame& frame, const Box& box) {
  const auto place = [](const FramedAxis& axis, float value) {
    return static_cast<float>(std::clamp(axis.to_input(value), 0.0, static_cast<double>(axis.count)));
  };
  const Box placed = {place(frame.x, box.x1), place(frame.y, box.y1), place(frame.x, box.x2), place(frame.y, box.y2)};
  return frame.flip ? flip_horizontally(placed, static_cast<float>(frame.x.count)) : placed;
}

AugmentedImage framed(const Canvas& canvas, const Frame& frame) {
  constexpr float kMinSide = 1;  // px
  AugmentedImage result{.width = frame.x.count, .height = frame.y.count, .parts = {}, .objects = {}};
  for (const PlacedImage& placed : canvas.images) {
    ImagePart part{.image = placed.image, .across = {}, .down = {}, .distortion = {}};
    part.across = frame.x.window(placed.x, placed.scale, placed.image->width, part.left);
    part.down = frame.y.window(placed.y, placed.scale, placed.image->height, part.top);
    if (part.across.count == 0 || part.down.count == 0) continue;
    if (frame.flip) part.left = frame.x.count - part.left - part.across.count;
    part.across.mirrored = frame.flip;
    result.parts.push_back(part);
  }
  for (Annotation object : canvas.objects) {
    object.box = to_input(frame, object.box);
    if (object.box.width() >= kMinSide && object.box.height() >= kMinSide) result.objects.push_back(object);
  }
  return result;
}

}  // namespace

std::vector<int64_t> draw_mosaic(const AugmentOptions& options, const AugmentRandom& random, int64_t count) {
  RandomStream stream = random.stream(AugmentPiece::mosaic);
  if (!(stream.uniform() < options.mosaic)) return {};
  std::vector<int64_t> others;
  while (others.size() < 3) others.push_back(stream.below(count));
  return others;
}

bool draw_flip(double probability, const AugmentRandom& random) {
  return random.stream(AugmentPiece::flip).uniform() < probability;
}

AugmentedImage augment(std::span<const AugmentSource> sources, const InputSize& size, const AugmentOptions& options,
                       const AugmentRandom& random, bool flip) {
  const Image& first = *sources.front().image;
  const ImageSize limit = input_limit(first.width, first.height, size);
  const bool is_mosaic = sources.size() > 1;
  Canvas canvas = is_mosaic ? mosaic_of(sources, limit.width, limit.height, random.stream(AugmentPiece::mosaic_middle))
                            : canvas_of(sources.front());

  RandomStream zoom = random.stream(AugmentPiece::zoom_out), crop = random.stream(AugmentPiece::iou_crop);
  if (!is_mosaic && zoom.uniform() < options.zoom_out)
    canvas.view = zoomed_out(canvas.view, options.zoom_out_max, zoom);
  if (crop.uniform() < options.iou_crop) crop_by_iou(canvas, crop);

  RandomStream jitter = random.stream(AugmentPiece::scale_jitter);
  const std::vector<double>& range = options.scale_jitter;
  const double factor = range.empty() ? 1 : jitter.uniform(range[0], range[1]);
  const Framing framing =
      is_mosaic ? frame_mosaic(canvas.view, limit, factor) : frame_image(canvas.view, size, factor, jitter);
  AugmentedImage result = framed(canvas, frame_of(canvas.view, framing, flip));
  for (size_t i = 0; i < result.parts.size(); ++i)
    result.parts[i].distortion = draw_distortion(options.photometric, random.stream(AugmentPiece::photometric, i));
  return result;
}

}  // namespace intertwiner
