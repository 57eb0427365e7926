#include "layers/networks/backbone.h"

#include "engine/error.h"

namespace intertwiner {
namespace {

std::variant<ResNet, Vgg> make_body(const Scope& scope, const Backbone::Options& o) {
  if (const auto* vgg = std::get_if<VggShape>(&o.body)) return Vgg(scope, *vgg, o.norm, o.fixed_stages);
  return ResNet(scope, std::get<ResNetShape>(o.body), o.norm, o.fixed_stages);
}

std::variant<FeaturePyramid, LevelProjection> make_levels(const Scope& scope, const Backbone::Options& o) {
  const auto channels = std::visit([](const auto& shape) { return shape.out_channels(); }, o.body);
  if (o.pyramid) return FeaturePyramid(scope / "fpn", channels, o.channels);
  return LevelProjection(scope / "projection", channels, o.channels);
}

}  // namespace

BodyShape shape_of(Body body) {
  switch (body) {
    case Body::resnet18:
      return ResNetShape{false, {2, 2, 2, 2}};
    case Body::resnet34:
      return ResNetShape{false, {3, 4, 6, 3}};
    case Body::resnet50:
      return ResNetShape{true, {3, 4, 6, 3}};
    case Body::resnet101:
      return ResNetShape{true, {3, 4, 23, 3}};
    case Body::resnet152:
      return ResNetShape{true, {3, 8, 36, 3}};
    case Body::vgg16:
      return VggShape{};
  }
  throw InternalError("unknown body");
}

Backbone::Backbone(const Scope& scope, const Options& options)
    : body_(make_body(scope / "body", options)), levels_(make_levels(scope, options)) {}

std::array<Variable, 5> Backbone::operator()(const Variable& images, Pass pass) const {
  const auto maps = std::visit([&](const auto& body) { return body(images, pass); }, body_);
  return std::visit([&](const auto& levels) { return levels(maps); }, levels_);
}

}  // namespace intertwiner
