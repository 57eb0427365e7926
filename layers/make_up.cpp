#include "layers/make_up.h"

namespace intertwiner {
namespace {

int64_t filter_size(int64_t side) { return side > 1 ? 3 : 1; }

}  // namespace

MakeUp::MakeUp(const Scope& scope, int64_t channels, int64_t side)
    : conv_(conv_norm_with_bias(
          scope, "", {.in = channels, .out = channels, .size = filter_size(side), .padding = filter_size(side) / 2})) {}

Variable MakeUp::operator()(const Variable& regions, const NormPass& pass) const { return conv_(regions, pass, true); }

}  // namespace intertwiner
