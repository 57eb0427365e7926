#include <catch2/catch.hpp>

#include "apps/terminal/step_status.h"

using namespace intertwiner;

namespace {

StepStatus status_with(int64_t step, double loss) {
  StepStatus status;
  status.step = step;
  status.total_steps = step + 10;
  status.epoch = static_cast<double>(step) / 100;
  status.images_per_second = 123.4;
  status.learning_rate = 1.25e-5;
  status.seconds_left = 100'000;
  for (const char* name : {"rpn_objectness", "rpn_box", "class", "box", "intertwiner", "alignment"})
    status.losses.emplace_back(name, loss);
  return status;
}

}  // namespace

TEST_CASE("the numbers of a step are under their names, and fit into 80 columns") {
  for (const StepStatus& status : {status_with(1, 0.0123), status_with(99'000, 54.321), status_with(1000, 12345.6)}) {
    const std::string header = status_header(status), row = status_row(status);
    INFO(header << "\n" << row);
    CHECK(header.size() < 80);
    CHECK(row.size() == header.size());
  }
  CHECK(status_header(status_with(1, 1)) ==
        "        step epoch img/s  loss   rpn class   box inter align    AP      ETA");
  StepStatus status = status_with(1, 0.25);
  status.loss = 1.5;
  status.ap = 0.3125;
  CHECK(status_row(status) == "        1/11  0.01   123 1.500 0.500 0.250 0.250 0.250 0.250 0.312 27:46:40");
}

TEST_CASE("a status line for a pipe names every number") {
  StepStatus status = status_with(12, 0.5);
  status.total_steps = 0;
  CHECK(status_line(status) ==
        "step 12/?, epoch 0.12, 123.40 images/s, ETA ?, learning rate 1.25e-05, loss 0 (rpn_objectness 0.5, rpn_box "
        "0.5, class 0.5, box 0.5, intertwiner 0.5, alignment 0.5)");
  status.ap = 0.25;
  CHECK(status_line(status).ends_with("alignment 0.5), last AP 0.250"));
}
