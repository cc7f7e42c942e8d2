// UniPC (arXiv 2302.04867), B(h) form over predicted clean latents, as diffusers'
// UniPCMultistepScheduler.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <deque>

#include "libcore/diffusion/sampler_parts.h"

namespace svg::samplers {

namespace {

// The system R rho = b of eq. 10: R[j][k] = r_k^j, b[j] = (j + 1)! h phi_{j+2}(h) / B(h). Solved by
// elimination with pivoting; it has as many rows as the order, so at most a handful.
std::vector<double> solve_rho(const std::vector<double>& r, const std::vector<double>& b) {
  const size_t n = r.size();
  std::vector<std::vector<double>> m(n, std::vector<double>(n + 1));
  for (size_t j = 0; j < n; ++j) {
    for (size_t k = 0; k < n; ++k) m[j][k] = std::pow(r[k], static_cast<double>(j));
    m[j][n] = b[j];
  }
  for (size_t j = 0; j < n; ++j) {
    const auto larger = [j](const auto& x, const auto& y) {
      return std::abs(x[j]) < std::abs(y[j]);
    };
    std::swap(m[j], *std::max_element(m.begin() + j, m.end(), larger));
    for (size_t i = 0; i < n; ++i) {
      if (i == j) continue;
      const double factor = m[i][j] / m[j][j];
      for (size_t k = j; k <= n; ++k) m[i][k] -= factor * m[j][k];
    }
  }
  std::vector<double> rho(n);
  for (size_t j = 0; j < n; ++j) rho[j] = m[j][n] / m[j][j];
  return rho;
}

class UniPc : public Sampler {
 public:
  UniPc(const NoiseSchedule& schedule, int64_t count) : config_(schedule.config) {
    expect_supported(config_, "unipc");
    require(config_.lower_order_final || config_.final_sigmas_type != FinalSigma::Zero,
            ErrorKind::Data,
            "scheduler_config.json: unipc to a final sigma of zero needs \"lower_order_final\"");
    bh1_ = config_.solver_type == SolverType::Bh1;
    timesteps_ =
        spaced_timesteps(config_, count, {.spacing = TimestepSpacing::Linspace, .drop_last = true});
    for (float sigma : sigmas_at(schedule, timesteps_)) levels_.push_back(level_of(sigma));
  }

  at::Tensor step(const at::Tensor& model_output, int64_t i, const at::Tensor& sample_in,
                  const at::Tensor&) override {
    counter_.expect(i, steps());
    if (i == 0) history_.clear();
    const at::Tensor x0 =
        predicted_x0(config_.prediction_type, model_output, sample_in, levels_[i]);
    const auto& skipped = config_.disable_corrector;
    const bool correct = i > 0 && std::find(skipped.begin(), skipped.end(), i - 1) == skipped.end();
    const at::Tensor sample = correct ? corrected(i, x0) : sample_in;

    history_.push_front(x0);
    if (static_cast<int64_t>(history_.size()) > config_.solver_order) history_.pop_back();
    const int64_t left = config_.lower_order_final ? steps() - i : config_.solver_order;
    order_ = std::min({config_.solver_order, left, i + 1});
    last_sample_ = sample;
    return predicted(i, sample);
  }

 private:
  // What both halves need of one interval: from level `from` to level `from + 1`, with the clean
  // latents predicted at `from` and before as history_[0], [1], ...
  struct Interval {
    at::Tensor base;                // x carried over with history_[0] held constant
    std::vector<at::Tensor> slope;  // (history_[k] - history_[0]) / r_k, k = 1 .. order - 1
    std::vector<double> r, b;       // order entries, r ending with 1
    float weight;                   // alpha * B(h)
  };

  Interval interval(int64_t from, const at::Tensor& x) const {
    const Level &s = levels_[from], &t = levels_[from + 1];
    const float h = t.lambda - s.lambda, hh = -h;
    Interval v;
    for (int64_t k = 1; k < order_; ++k) {
      const float r = (levels_[from - k].lambda - s.lambda) / h;
      v.r.push_back(r);
      v.slope.push_back((history_[k] - history_[0]) / r);
    }
    v.r.push_back(1.0);
    const float phi_1 = std::expm1(hh), scale = bh1_ ? hh : phi_1;
    double phi_k = phi_1 / static_cast<double>(hh) - 1.0, factorial = 1;
    for (int64_t k = 1; k <= order_; ++k) {
      v.b.push_back(phi_k * factorial / scale);
      factorial *= static_cast<double>(k + 1);
      phi_k = phi_k / hh - 1.0 / factorial;
    }
    v.base = t.sigma / s.sigma * x - t.alpha * phi_1 * history_[0];
    v.weight = t.alpha * scale;
    return v;
  }

  at::Tensor predicted(int64_t i, const at::Tensor& x) const {
    Interval v = interval(i, x);
    if (v.slope.empty()) return v.base;
    std::vector<double> rho = {0.5};  // the paper's choice for order 2
    if (order_ > 2) {
      v.r.pop_back();
      v.b.pop_back();
      rho = solve_rho(v.r, v.b);
    }
    return v.base - v.weight * weighted(v.slope, rho);
  }

  // The sample at level i once more, now that the model has been asked there. Of the order of the
  // prediction that led to it.
  at::Tensor corrected(int64_t i, const at::Tensor& x0) const {
    const Interval v = interval(i - 1, last_sample_);
    const std::vector<double> rho = order_ == 1 ? std::vector<double>{0.5} : solve_rho(v.r, v.b);
    at::Tensor sum = rho.back() * (x0 - history_[0]);
    if (!v.slope.empty()) sum = weighted(v.slope, rho) + sum;
    return v.base - v.weight * sum;
  }

  static at::Tensor weighted(const std::vector<at::Tensor>& slopes,
                             const std::vector<double>& rho) {
    at::Tensor sum = rho[0] * slopes[0];
    for (size_t k = 1; k < slopes.size(); ++k) sum = sum + rho[k] * slopes[k];
    return sum;
  }

  SchedulerConfig config_;
  bool bh1_ = false;
  std::vector<Level> levels_;       // [S + 1]
  std::deque<at::Tensor> history_;  // predicted clean latents, newest first, at most solver_order
  at::Tensor last_sample_;          // at the level before, corrected
  int64_t order_ = 1;               // of the latest prediction
  StepCounter counter_;
};

}  // namespace

std::unique_ptr<Sampler> make_unipc(const NoiseSchedule& schedule, int64_t steps) {
  return std::make_unique<UniPc>(schedule, steps);
}

}  // namespace svg::samplers
