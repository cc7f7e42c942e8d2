// The episodes of a data set, and the lessons that they make.
#pragma once
#include <string>
#include <vector>

#include "libcore/episode/run_settings.h"
#include "libcore/loop/lesson.h"
#include "libcore/model/pipeline.h"
#include "libcore/slow/latent_dataset.h"
#include "libcore/tensor/draws.h"

namespace svg::loop {

class Lessons {
 public:
  // Of `batch` episodes each, of the length that most have. What is referred to outlives them.
  // Throws Error{Config} where the data does not fit the settings.
  Lessons(const slow::LatentDataset& data, const Pipeline& pipeline,
          const episode::RunSettings& run, const StartSettings& start, int64_t batch);

  // Calls f(lesson, memory) for lesson `number`, drawn by `seed`.
  template <class F>
  auto with(int64_t number, uint64_t seed, Parameters& unet, F&& f) const {
    const auto n = static_cast<int64_t>(episodes_.size());
    const int64_t first = number * batch_;
    std::vector<std::string> names;
    std::vector<Recorded> chosen;
    for (int64_t i = 0; i < batch_; ++i) {
      const auto at = first + i;
      const auto order = draw_uniform({seed, "loop", at / n, "lesson order", 0}, {n}).argsort();
      chosen.push_back(episodes_[static_cast<size_t>(order[at % n].item<int64_t>())]);
      names.push_back(cat(data_.item(chosen.back().first, 0).episode, "/", number, "/", i));
    }
    const auto history = history_of(chosen);
    const fast::FastContext context{pipeline_.unet, pipeline_.schedule, pipeline_.embed(""), seed,
                                    names,          run_.past};
    const auto learned = learned_of(number, seed);
    const Lesson lesson{context, run_.fast,  history,
                        learned, start_.ask, questions_of(number, seed, learned, chosen)};
    fast::TempLora memory(unet, run_.fast.targets, run_.fast.rank, run_.fast.scale(), names,
                          fast::OffloadWhileSampling::Never);
    memory.set_rule(run_.fast.rule);
    return f(lesson, memory);
  }

 private:
  struct Recorded {
    int64_t first = 0, chunks = 0;
  };

  int64_t learned_of(int64_t number, uint64_t seed) const;
  // Throws Error{Config} where none of their sentences is one that may be asked for.
  std::vector<int64_t> questions_of(int64_t number, uint64_t seed, int64_t learned,
                                    const std::vector<Recorded>& chosen) const;
  fast::EpisodeHistory history_of(const std::vector<Recorded>& chosen) const;

  const slow::LatentDataset& data_;
  const Pipeline& pipeline_;
  const episode::RunSettings& run_;
  const StartSettings& start_;
  int64_t batch_, chunks_ = 0, learned_ = 0;
  std::vector<Recorded> all_, episodes_;
};

}  // namespace svg::loop
