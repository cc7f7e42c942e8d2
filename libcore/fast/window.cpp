#include "libcore/fast/window.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "libcore/base/error.h"
#include "libcore/tensor/draws.h"

namespace svg::fast {

namespace {

at::Tensor stack_texts(const std::vector<at::Tensor>& texts) {
  return at::stack(texts);
}

at::Tensor empty_texts(const FastContext& c) {
  return c.empty_text.unsqueeze(0).expand({static_cast<int64_t>(c.episodes.size()), -1, -1});
}

}  // namespace

FastDraws draws_for(const FastContext& c, const FastSettings& s, int64_t chunk, const char* stage,
                    int64_t first, int64_t n, const at::Tensor& like) {
  std::vector<at::Tensor> noise, timesteps;
  for (const auto& episode : c.episodes) {
    for (int64_t i = first; i < first + n; ++i) {
      noise.push_back(draw_normal({c.seed, episode, chunk, std::string(stage) + "/noise", i},
                                  like.sizes().slice(1)));
      timesteps.push_back(draw_integers(
          {c.seed, episode, chunk, std::string(stage) + "/timestep", i}, s.timesteps.low,
          std::min(s.timesteps.high, c.schedule.config.num_train_timesteps), {1}));
    }
  }
  return {at::stack(noise).to(like.device()), at::cat(timesteps).to(like.device())};
}

namespace {

// The same of one episode, from a file.
FastDraws given_draws(const GivenDraws& given, int64_t first, int64_t n, const at::Tensor& like,
                      int64_t chunk) {
  require(like.size(0) == 1 && given.noise.size(0) >= first + n &&
              given.noise.sizes().slice(1) == like.sizes().slice(1),
          ErrorKind::Config, "--draws: noise for fast learning of chunk ", chunk, " has shape ",
          given.noise.sizes(), ", expected at least ", first + n, " draws of ",
          like.sizes().slice(1));
  return {given.noise.narrow(0, first, n).to(like.device()),
          given.timesteps.narrow(0, first, n).to(like.device())};
}

// `window` with noise on its past, at a level of its own for each episode: draw `step` of chunk
// `chunk`.
FastWindow with_noisy_past(const FastContext& c, const FastSettings& s, const FastWindow& window,
                           int64_t chunk, int64_t step) {
  if (s.past_noise == 0 || window.past == 0 || s.objective != Objective::InputOutput) return window;
  auto out = window;
  out.latents = window.latents.clone();
  auto past = out.latents.narrow(1, 0, window.past);
  for (size_t e = 0; e < c.episodes.size(); ++e) {
    const auto key = [&](const char* what) {
      return DrawKey{c.seed, c.episodes[e], chunk, what, step};
    };
    const double deviation =
        draw_uniform(key("fast/past noise level"), {1}).item<double>() * s.past_noise;
    past[static_cast<int64_t>(e)].add_(
        draw_normal(key("fast/past noise"), past.sizes().slice(1)).to(past.device()), deviation);
  }
  return out;
}

}  // namespace

namespace {

// The frames of a chunk, or of a place in the history like one.
FastWindow forward_window(const FastContext& c, const EpisodeHistory& h,
                          const EpisodeHistory::Chunk& k, bool with_text) {
  const int64_t past = std::min(c.past, k.first);
  return {h.latents.narrow(1, k.first - past, past + k.frames), past,
          with_text ? stack_texts(k.text) : empty_texts(c)};
}

FastWindow backward_window(const FastContext& c, const EpisodeHistory& h,
                           const EpisodeHistory::Chunk& k, bool with_text) {
  const int64_t last = k.first + k.frames - 1;              // the way back starts here
  const int64_t first = std::max<int64_t>(0, k.first - 1);  // and ends here
  const int64_t end = std::min(last + c.past, h.latents.size(1));
  const auto flipped = h.latents.narrow(1, first, end - first).flip({1});
  return {flipped, end - last, with_text ? stack_texts(k.inverse) : empty_texts(c)};
}

// Chunk `chunk`, begun some frames earlier where every episode did the same before it.
EpisodeHistory::Chunk shifted(const EpisodeHistory& h, int64_t chunk, const DrawKey& key) {
  auto place = h.chunks.at(static_cast<size_t>(chunk));
  if (chunk == 0) return place;
  const auto& before = h.chunks.at(static_cast<size_t>(chunk - 1));
  for (size_t e = 0; e < place.text.size(); ++e) {
    if (e >= before.text.size() || !place.text[e].equal(before.text[e]) ||
        !place.inverse[e].equal(before.inverse[e]))
      return place;
  }
  place.first -= std::min(place.first, draw_integers(key, 0, place.frames, {1}).item<int64_t>());
  return place;
}

FastWindow choose_window(const FastContext& c, const FastSettings& s, const EpisodeHistory& h,
                         int64_t step) {
  const auto last = static_cast<int64_t>(h.chunks.size()) - 1;
  // One choice for all episodes that learn in step: windows of one batch have one shape.
  const auto key = [&](const char* what) { return DrawKey{c.seed, "", last, what, step}; };
  int64_t chunk = last;
  if (s.source == Source::All)
    chunk = draw_integers(key("fast/window"), h.learnable, last + 1, {1}).item<int64_t>();
  if (s.source == Source::NewestFirst) chunk = last - step % (last + 1 - h.learnable);
  const auto place = s.offset == Offset::Every ? shifted(h, chunk, key("fast/offset"))
                                               : h.chunks.at(static_cast<size_t>(chunk));
  const bool reversed =
      s.reverse > 0 && draw_uniform(key("fast/reverse"), {1}).item<double>() < s.reverse;
  return reversed ? backward_window(c, h, place, s.with_text())
                  : forward_window(c, h, place, s.with_text());
}

}  // namespace

FastWindow window_of(const FastContext& c, const EpisodeHistory& h, int64_t chunk, bool with_text) {
  return forward_window(c, h, h.chunks.at(static_cast<size_t>(chunk)), with_text);
}

FastWindow reversed_window_of(const FastContext& c, const EpisodeHistory& h, int64_t chunk,
                              bool with_text) {
  return backward_window(c, h, h.chunks.at(static_cast<size_t>(chunk)), with_text);
}

LearningStep learning_step(const FastContext& c, const FastSettings& s, const EpisodeHistory& h,
                           int64_t step, const std::optional<GivenDraws>& given) {
  const auto last = static_cast<int64_t>(h.chunks.size()) - 1;
  const auto window = with_noisy_past(c, s, choose_window(c, s, h, step), last, step);
  const int64_t past = s.objective == Objective::InputOutput ? window.past : 0;
  const auto targets = window.latents.narrow(1, past, window.latents.size(1) - past);
  return {window, given ? given_draws(*given, step * s.batch, s.batch, targets, last)
                        : draws_for(c, s, last, "fast", step * s.batch, s.batch, targets)};
}

}  // namespace svg::fast
