#include "detector/training/step_report.h"

#include "engine/error.h"

namespace intertwiner {
namespace {

struct Name {
  LossValue value;
  const char* name;
};

constexpr Name kNames[] = {{&StepLosses::rpn_objectness, "rpn_objectness"},
                           {&StepLosses::rpn_box, "rpn_box"},
                           {&StepLosses::classes, "class"},
                           {&StepLosses::box, "box"},
                           {&StepLosses::intertwiner, "intertwiner"},
                           {&StepLosses::large_class, "large_class"},
                           {&StepLosses::alignment, "alignment"}};

}  // namespace

const char* loss_name(LossValue value) {
  for (const Name& entry : kNames)
    if (entry.value == value) return entry.name;
  throw InternalError("a loss without a name");
}

std::vector<std::pair<std::string, double>> named_losses(const StepLosses& losses) {
  std::vector<std::pair<std::string, double>> named;
  for (const Name& entry : kNames)
    if (const std::optional<double>& value = losses.*entry.value) named.emplace_back(entry.name, *value);
  return named;
}

}  // namespace intertwiner
