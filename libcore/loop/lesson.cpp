#include "libcore/loop/lesson.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "libcore/base/error.h"
#include "libcore/optim/schedule.h"

namespace svg::loop {

namespace {

// Of the two gradients whose difference goes through a write: how far apart they are taken, as a
// share of the memory's norm. Smaller ones drown in rounding, larger ones see another curve.
constexpr double kApart = 1e-3;

constexpr double kNoGradient = 1e-12;

// [E, ...] -> [E, 1, 1] sums over the rest.
at::Tensor row_sums(const at::Tensor& x) {
  return x.sum({1, 2}, true);
}

struct Write {
  fast::LearningStep step;
  double lr = 0;
  at::Tensor values, grads;  // [P] before it
};

class LessonInProgress {
 public:
  LessonInProgress(const Lesson& lesson, fast::TempLora& memory, int64_t through)
      : lesson_(lesson), memory_(memory), through_(through) {
    require(through == 0 || lesson.fast.rule == fast::Rule::Normalised, ErrorKind::Usage,
            "--write-gradient ", through, ": through writes of --fast-rule normalised");
    asked_ = lesson.fast;
    asked_.objective = fast::Objective::InputOutput;
    asked_.text = fast::Text::On;
    asked_.past_noise = 0;
  }

  void learn() {
    memory_.use_side_path();
    const auto& s = lesson_.fast;
    const optim::LrSchedule schedule{.lr = s.lr, .shape = s.lr_schedule, .total_steps = s.steps};
    for (int64_t chunk = 1; chunk <= lesson_.learned; ++chunk) {
      auto so_far = lesson_.history;  // views
      so_far.chunks.resize(static_cast<size_t>(chunk + 1));
      const auto& last = so_far.chunks.back();
      so_far.latents = so_far.latents.narrow(1, 0, last.first + last.frames);
      so_far.learnable = 1;
      for (int64_t i = 0; i < s.steps; ++i) {
        Write write{
            fast::learning_step(lesson_.context, s, so_far, i), optim::lr_at(schedule, i), {}, {}};
        if (through_ > 0) write.values = memory_.parameters().values.clone();
        fast::fast_step(lesson_.context, s, write.lr, memory_, write.step.window, write.step.draws);
        if (through_ == 0) continue;
        write.grads = memory_.parameters().grads.clone();
        writes_.push_back(std::move(write));
        if (static_cast<int64_t>(writes_.size()) > through_) writes_.erase(writes_.begin());
      }
    }
  }

  // The losses of the answers, mean over questions, [E].
  at::Tensor ask(bool with_gradient) {
    const auto n = static_cast<double>(lesson_.questions.size());
    at::Tensor losses;
    for (size_t i = 0; i < lesson_.questions.size(); ++i) {
      const auto chunk = lesson_.questions[i];
      const auto window =
          lesson_.ask == Ask::Back
              ? fast::reversed_window_of(lesson_.context, lesson_.history, chunk, true)
              : fast::window_of(lesson_.context, lesson_.history, chunk, true);
      const auto target =
          window.latents.narrow(1, window.past, window.latents.size(1) - window.past);
      const auto draws = fast::draws_for(lesson_.context, asked_, chunk, "question", 0, 1, target);
      const at::AutoGradMode mode(with_gradient);
      const auto loss = fast::window_losses(lesson_.context, asked_, window, draws) / n;
      if (with_gradient)
        torch::autograd::backward({loss.sum() / static_cast<double>(loss.size(0))}, {});
      losses = losses.defined() ? losses + loss.detach() : loss.detach();
    }
    return losses;
  }

  // Goes back from the gradient `v` by the memories as they are now to that by the start.
  void go_back(at::Tensor& v, const at::Tensor& start, LessonResult& result) {
    result.log_rate_grads = at::zeros({static_cast<int64_t>(tensors().size())}, v.options());
    for (auto write = writes_.rbegin(); write != writes_.rend(); ++write)
      through(*write, v, result);
    // Before them: what was learned is frozen, and scales with its rate.
    const auto first = writes_.empty() ? memory_.parameters().values : writes_.front().values;
    add_rate_grads(v, first - start, result);
    memory_.parameters().values.copy_(first);
  }

 private:
  const NamedTensors& tensors() { return memory_.parameters().named; }
  NamedTensors cut(const at::Tensor& flat) { return optim::cut(memory_.parameters(), flat); }

  void add_rate_grads(const at::Tensor& v, const at::Tensor& change, LessonResult& result) {
    const auto products = v * change;
    const auto parts = cut(products);
    for (size_t i = 0; i < parts.size(); ++i)
      result.log_rate_grads[static_cast<int64_t>(i)] += parts[i].second.sum();
  }

  // Theta' = Theta - lr rate n(g(Theta)), n(g) = g / rms(g):
  // dL/dTheta = v - H J (lr rate v), J = (1 - n n^T / N) / rms(g), H the derivative of g.
  void through(const Write& write, at::Tensor& v, LessonResult& result) {
    auto& values = memory_.parameters().values;
    const auto change = memory_.change_at_rates(-write.lr);  // -lr rate, [P]
    auto direction = at::empty_like(v);
    auto normalised = at::empty_like(v);
    const auto g = cut(write.grads), u = cut(direction), n = cut(normalised), w = cut(v * change);
    for (size_t i = 0; i < g.size(); ++i) {
      // What has no gradient, as A beside a B of zeros, stays, and says nothing.
      const auto rms = g[i].second.square().mean({1, 2}, true).sqrt();
      const auto scale = at::where(rms > kNoGradient, rms.reciprocal(), at::zeros_like(rms));
      n[i].second.copy_(g[i].second * scale);
      const auto along = (w[i].second * n[i].second).mean({1, 2}, true);
      u[i].second.copy_((w[i].second - n[i].second * along) * scale);
    }
    add_rate_grads(v, change * normalised, result);
    // H u of each episode, by the difference of gradients.
    at::Tensor of_u, of_values, of_v;
    const auto here = cut(write.values), vs = cut(v);
    for (size_t i = 0; i < u.size(); ++i) {
      const auto add = [](at::Tensor& sum, const at::Tensor& x) {
        sum = sum.defined() ? sum + row_sums(x.square()) : row_sums(x.square());
      };
      add(of_u, u[i].second);
      add(of_values, here[i].second);
      add(of_v, vs[i].second);
    }
    const auto apart = (of_values.sqrt() * kApart / of_u.sqrt().clamp_min(1e-30));
    values.copy_(write.values);
    const auto moved = cut(values);
    for (size_t i = 0; i < u.size(); ++i) moved[i].second.add_(u[i].second * apart);
    fast::fast_gradient(lesson_.context, lesson_.fast, memory_, write.step.window,
                        write.step.draws);
    auto bent = (memory_.parameters().grads - write.grads);
    const auto b = cut(bent);
    at::Tensor of_b;
    for (size_t i = 0; i < b.size(); ++i) {
      b[i].second.div_(apart);
      of_b =
          of_b.defined() ? of_b + row_sums(b[i].second.square()) : row_sums(b[i].second.square());
    }
    const auto ratio = (of_b / of_v.clamp_min(1e-30)).sqrt();
    result.curvature = std::max(result.curvature, ratio.max().item<double>());
    const auto keep = (lesson_.most_curvature / ratio.clamp_min(1e-30)).clamp_max(1);
    for (size_t i = 0; i < b.size(); ++i) vs[i].second.add_(b[i].second * keep);
    values.copy_(write.values);
  }

  const Lesson& lesson_;
  fast::TempLora& memory_;
  fast::FastSettings asked_;
  int64_t through_;
  std::vector<Write> writes_;
};

}  // namespace

LessonResult give_lesson(const Lesson& lesson, fast::TempLora& memory, int64_t through) {
  return memory.then_base([&] {
    LessonInProgress in_progress(lesson, memory, through);
    memory.reset(lesson.context.seed);
    const auto start = memory.parameters().values.clone();
    in_progress.learn();
    memory.parameters().grads.zero_();
    const auto losses = in_progress.ask(true).to(at::kDouble).cpu().contiguous();
    LessonResult result;
    result.losses.assign(losses.const_data_ptr<double>(),
                         losses.const_data_ptr<double>() + losses.numel());
    result.grads = memory.parameters().grads.clone();
    const at::NoGradGuard no_grad;
    in_progress.go_back(result.grads, start, result);
    return result;
  });
}

LessonLosses measure_lesson(const Lesson& lesson, fast::TempLora& memory) {
  return memory.then_base([&] {
    LessonInProgress in_progress(lesson, memory, 0);
    const auto loss = [&] { return in_progress.ask(false).mean().item<double>(); };
    memory.reset(lesson.context.seed);
    LessonLosses losses;
    memory.use_side_path();
    losses.start = loss();
    memory.use_base();
    losses.none = loss();
    {
      const at::AutoGradMode learns(true);
      in_progress.learn();
    }
    losses.own = loss();
    const at::NoGradGuard no_grad;
    for (auto& [name, t] : memory.parameters().named) t.detach().copy_(t.detach().roll(1, 0));
    losses.swapped = loss();
    return losses;
  });
}

}  // namespace svg::loop
