#include "libcore/loop/lessons.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>

#include "libcore/base/error.h"

namespace svg::loop {

Lessons::Lessons(const slow::LatentDataset& data, const Pipeline& pipeline,
                 const episode::RunSettings& run, const StartSettings& start, int64_t batch)
    : data_(data), pipeline_(pipeline), run_(run), start_(start), batch_(batch) {
  std::map<int64_t, std::vector<Recorded>> by_length;
  for (int64_t i = 0; i < data.chunk_count(); ++i) {
    const auto item = data.item(i, 1);
    require(item.frames.size(0) == run.future, ErrorKind::Config, "episode ", item.episode,
            ": a chunk of ", item.frames.size(0), " frames, the model's have ", run.future);
    if (item.past.size(0) == 0) all_.push_back({i, 0});
    ++all_.back().chunks;
  }
  for (const auto& e : all_) by_length[e.chunks].push_back(e);
  const auto usual = std::max_element(
      by_length.begin(), by_length.end(),
      [](const auto& x, const auto& y) { return x.second.size() < y.second.size(); });
  chunks_ = usual->first;
  episodes_ = usual->second;
  learned_ = start.learned > 0 ? start.learned : chunks_ / 2 - 1;
  const int64_t most = chunks_ - (start.ask == Ask::Later ? 2 : 1);
  require(1 <= learned_ && learned_ <= most, ErrorKind::Config, "--learned ", learned_,
          ": episodes of ", chunks_, " chunks have at most ", most,
          " to learn before one is asked for");
  const int64_t least = start.ask == Ask::Later ? 0 : 1;  // the way back goes through something
  require(
      start.learned_least < 0 || (least <= start.learned_least && start.learned_least <= learned_),
      ErrorKind::Config, "--learned-least ", start.learned_least, ": expected ", least, " to ",
      learned_);
  require(static_cast<int64_t>(episodes_.size()) >= batch, ErrorKind::Config, "--batch ", batch,
          ": the data has ", episodes_.size(), " episodes of ", chunks_, " chunks");
}

int64_t Lessons::learned_of(int64_t number, uint64_t seed) const {
  const auto least = start_.learned_least;
  if (least < 0) return learned_;
  const auto u = draw_uniform({seed, "loop", number, "learned", 0}, {1}).item<double>();
  return least + static_cast<int64_t>(u * static_cast<double>(learned_ - least + 1));
}

std::vector<int64_t> Lessons::questions_of(int64_t number, uint64_t seed, int64_t learned,
                                           const std::vector<Recorded>& chosen) const {
  const bool later = start_.ask == Ask::Later;
  const auto all_say_so = [&](int64_t chunk) {
    return start_.ask_text.empty() || std::all_of(chosen.begin(), chosen.end(), [&](const auto& e) {
             return data_.item(e.first + chunk, 0).text.find(start_.ask_text) != std::string::npos;
           });
  };
  std::vector<int64_t> candidates;
  for (int64_t c = later ? learned + 1 : 1; c < (later ? chunks_ : learned + 1); ++c)
    if (all_say_so(c)) candidates.push_back(c);
  const auto n = static_cast<int64_t>(candidates.size());
  require(n > 0, ErrorKind::Config, "--ask-text ", start_.ask_text, ": no chunk ",
          later ? "after the learned ones" : "that is learned", " says so in all of ",
          chosen.size(), " episodes");
  const auto order = draw_uniform({seed, "loop", number, "questions", 0}, {n}).argsort();
  std::vector<int64_t> questions;
  for (int64_t i = 0; i < std::min(start_.questions, n); ++i)
    questions.push_back(candidates[static_cast<size_t>(order[i].item<int64_t>())]);
  return questions;
}

fast::EpisodeHistory Lessons::history_of(const std::vector<Recorded>& chosen) const {
  fast::EpisodeHistory history;
  std::vector<at::Tensor> parts;
  int64_t frames = 0;
  for (int64_t c = 0; c < chunks_; ++c) {
    fast::EpisodeHistory::Chunk entry;
    std::vector<at::Tensor> rows;
    for (const auto& e : chosen) {
      const auto item = data_.item(e.first + c, 0);
      rows.push_back(item.frames);
      entry.text.push_back(pipeline_.embed(item.text));
      entry.inverse.push_back(pipeline_.embed(item.inverse));
    }
    parts.push_back(at::stack(rows).to(pipeline_.device));
    entry.first = frames;
    entry.frames = parts.back().size(1);
    frames += entry.frames;
    history.chunks.push_back(std::move(entry));
  }
  history.latents = at::cat(parts, 1);
  history.learnable = 1;
  return history;
}

}  // namespace svg::loop
