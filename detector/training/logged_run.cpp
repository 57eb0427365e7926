#include "detector/training/logged_run.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "engine/error.h"
#include "engine/files/atomic_file.h"
#include "engine/files/json.h"
#include "engine/files/read_file.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr std::array<const char*, 7> kMetrics = {"AP", "AP50", "AP75", "AP_small", "AP_medium", "AP_large", "AR_100"};

NamedNumbers numbers_of(const Json& object) {
  NamedNumbers numbers;
  for (const auto& [name, value] : object.members())
    if (value.is_number()) numbers.emplace_back(name, value.get<double>());
  return numbers;
}

void read_line(const Json& line, LoggedRun& run, double& seconds) {
  seconds += line.at("seconds").get<double>();
  const auto step = line.at("step").get<int64_t>();
  const auto epoch = line.at("epoch").get<double>();
  if (const Json* evaluation = line.find("evaluation")) {
    run.evaluations.push_back({step, epoch, seconds, numbers_of(*evaluation), numbers_of(evaluation->at("classes"))});
    return;
  }
  run.steps.push_back({.step = step,
                       .epoch = epoch,
                       .seconds = seconds,
                       .loss = line.at("loss").get<double>(),
                       .learning_rate = line.at("learning_rate").get<double>(),
                       .gradient_norm = line.at("gradient_norm").get<double>(),
                       .losses = numbers_of(line.at("losses"))});
}

/// Sums of the losses since the last row.
struct LossSums {
  int64_t steps = 0;
  double loss = 0;
  std::vector<double> terms;
};

std::string mean_text(double sum, int64_t count) {
  return count > 0 ? format(",%.6g", sum / static_cast<double>(count)) : ",";
}

}  // namespace

double number_of(const NamedNumbers& numbers, const std::string& name, double otherwise) {
  const auto found =
      std::find_if(numbers.begin(), numbers.end(), [&](const auto& entry) { return entry.first == name; });
  return found == numbers.end() ? otherwise : found->second;
}

LoggedRun read_log(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  LoggedRun run;
  double seconds = 0;
  int64_t number = 0;
  for (size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    ++number;
    try {
      read_line(Json::parse(std::string_view(text).substr(begin, end - begin)), run, seconds);
    } catch (const JsonError&) {
      throw DamagedFile(path.string() + ": line " + std::to_string(number) +
                        " was not written by this program; restore the log");
    }
  }
  return run;
}

void write_results_csv(const std::filesystem::path& path, const LoggedRun& run) {
  std::vector<std::string> terms;
  if (!run.steps.empty())
    for (const auto& [name, value] : run.steps.front().losses) terms.push_back(name);
  std::string text = "step,epoch,seconds,learning_rate,loss";
  for (const std::string& name : terms) text += "," + name;
  for (const char* name : kMetrics) text += std::string(",") + name;
  text += "\n";

  LossSums sums{.terms = std::vector<double>(terms.size())};
  auto evaluation = run.evaluations.begin();
  for (size_t i = 0; i < run.steps.size(); ++i) {
    const LoggedStep& step = run.steps[i];
    ++sums.steps;
    sums.loss += step.loss;
    for (size_t t = 0; t < terms.size(); ++t) sums.terms[t] += number_of(step.losses, terms[t], 0);
    while (evaluation != run.evaluations.end() && evaluation->step < step.step) ++evaluation;
    const bool is_evaluated = evaluation != run.evaluations.end() && evaluation->step == step.step;
    const bool ends_epoch = std::floor(step.epoch) > (i == 0 ? 0 : std::floor(run.steps[i - 1].epoch));
    if (!is_evaluated && !ends_epoch && i + 1 < run.steps.size()) continue;
    text += std::to_string(step.step) + format(",%.6g,%.1f,%.6g", step.epoch, step.seconds, step.learning_rate);
    text += mean_text(sums.loss, sums.steps);
    for (const double sum : sums.terms) text += mean_text(sum, sums.steps);
    for (const char* name : kMetrics) {
      const double value = is_evaluated ? number_of(evaluation->metrics, name) : -1;
      text += value >= 0 ? format(",%.6g", value) : ",";
    }
    text += "\n";
    sums = {.terms = std::vector<double>(terms.size())};
  }
  write_atomically(path, text);
}

}  // namespace intertwiner
