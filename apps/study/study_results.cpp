#include "apps/study/study_results.h"

#include <algorithm>
#include <charconv>

#include "detector/training/logged_run.h"
#include "engine/error.h"
#include "engine/files/atomic_file.h"
#include "engine/files/json.h"
#include "engine/files/paths.h"
#include "engine/files/read_file.h"

namespace intertwiner {
namespace fs = std::filesystem;

namespace {

constexpr const char* kSeedPrefix = "seed-";

fs::path result_file(const RunFolder& folder) { return folder.path / "result.json"; }

StudyEvaluation evaluation_from_json(const Json& json) {
  const auto number = [&](const char* name) { return json.at(name).get<double>(); };
  return {number("epoch"), number("AP"), number("AP50"), number("AP_small")};
}

/// 12 for "seed-12"; nothing for other names.
std::optional<uint64_t> seed_of(const std::string& name) {
  const std::string prefix = kSeedPrefix;
  if (name.compare(0, prefix.size(), prefix) != 0) return std::nullopt;
  uint64_t seed = 0;
  const char* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + prefix.size(), end, seed);
  if (error != std::errc() || stop != end) return std::nullopt;
  return seed;
}

}  // namespace

RunFolder study_run_folder(const fs::path& out, const std::string& row, uint64_t seed) {
  return {out / row / (kSeedPrefix + std::to_string(seed))};
}

StudyResult result_of_log(const RunFolder& folder) {
  const LoggedRun run = read_log(folder.log());
  StudyResult result;
  for (const LoggedEvaluation& e : run.evaluations)
    result.evaluations.push_back(
        {e.epoch, number_of(e.metrics, "AP"), number_of(e.metrics, "AP50"), number_of(e.metrics, "AP_small")});
  if (!run.steps.empty()) result.seconds = run.steps.back().seconds;
  if (!run.evaluations.empty()) result.seconds = std::max(result.seconds, run.evaluations.back().seconds);
  return result;
}

void write_result(const RunFolder& folder, const StudyResult& result) {
  Json evaluations = Json::array();
  for (const StudyEvaluation& e : result.evaluations)
    evaluations.push_back({{"epoch", e.epoch}, {"AP", e.ap}, {"AP50", e.ap50}, {"AP_small", e.ap_small}});
  const Json json = {{"failed", result.failed},
                     {"seconds", result.seconds},
                     {"settings", Json::parse(result.settings)},
                     {"evaluations", evaluations}};
  write_atomically(result_file(folder), json.dump(1, Json::NotUtf8::replaced) + "\n");
}

std::optional<StudyResult> read_result(const RunFolder& folder) {
  if (!path_exists(result_file(folder))) return std::nullopt;
  try {
    const Json json = Json::parse(read_file(result_file(folder)));
    StudyResult result{
        json.at("failed").get<std::string>(), json.at("seconds").get<double>(), json.at("settings").dump(), {}};
    for (const Json& evaluation : json.at("evaluations"))
      result.evaluations.push_back(evaluation_from_json(evaluation));
    return result;
  } catch (const JsonError&) {
    throw UserError(result_file(folder).string() + ": was not written by study; remove it and start study again");
  }
}

std::map<uint64_t, StudyResult> row_results(const fs::path& out, const std::string& row) {
  std::map<uint64_t, StudyResult> results;
  for (const fs::path& path : list_folder(out / row)) {
    const std::optional<uint64_t> seed = seed_of(path.filename().string());
    if (!seed) continue;
    if (const auto result = read_result({path})) results.emplace(*seed, *result);
  }
  return results;
}

}  // namespace intertwiner
