#include "libcore/episode/run_settings.h"

#include "libcore/fast/start_file.h"

namespace svg::episode {

namespace {

// What `doc`, in the form of svg.json, has replaces what `s` has. Keys in `others` are passed over.
void read(RunSettings& s, const json& doc, const std::string& where,
          std::vector<std::string> others) {
  others.emplace_back("fast");
  read_settings(settings_of(s), doc, where, others);
  const auto fast = doc.find("fast");
  if (fast != doc.end()) s.fast = fast::fast_settings_from(*fast, s.fast, where + ": \"fast\"");
}

}  // namespace

// Far beyond what is used, so that no number in a model's svg.json overflows a size made of it.
constexpr double kMaxFrames = 65'536, kMaxSteps = 100'000;

std::vector<Setting> settings_of(RunSettings& s) {
  return {
      {"past", s.past,
       "Clean frames that a chunk continues; 0: each chunk is made from its action alone",
       between(0, kMaxFrames)},
      {"future", s.future, "Frames of a chunk", between(1, kMaxFrames)},
      {"sampler", s.sampling.sampler, "How noise becomes a chunk"},
      {"steps", s.sampling.steps, "Sampler steps", between(1, kMaxSteps)},
      Setting("guidance_scale", s.sampling.guidance_scale,
              "Classifier-free guidance scale; 1: none")
          .with_flag("--guidance"),
  };
}

ordered_json to_json(const RunSettings& settings) {
  auto s = settings;
  auto doc = json_of(settings_of(s));
  doc["eta"] = s.sampling.eta;
  if (s.use_fast) doc["fast"] = fast::to_json(s.fast);
  return doc;
}

RunSettings run_settings_of(const formats::ModelDirectory& files, const ordered_json& given) {
  RunSettings s;
  read(s, files.defaults(), files.path() + "/svg.json", {"height", "width", "fps", "note"});
  read(s, json(given), "command line", {});
  check(settings_of(s));
  s.fast.validate();
  fast::find_start(s.fast, files.path());
  return s;
}

}  // namespace svg::episode
