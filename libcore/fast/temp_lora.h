// Temp-LoRA: the fast weights of E episodes (SlowFast-VGen, section 3.2). Low-rank pairs beside
// chosen linear layers of a frozen UNet; all of them live in one flat fp32 buffer, whose views are
// the A and B of each layer.
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <vector>

#include "libcore/fast/merged_weights.h"
#include "libcore/fast/overwritten_weights.h"
#include "libcore/fast/resting_tensor.h"
#include "libcore/optim/adamw.h"
#include "libcore/optim/flat_parameters.h"
#include "libcore/tensor/parameters.h"

namespace svg::fast {

// Whether what sampling has no use for waits in host memory: base weights that merged ones stand in
// for, A and B once they are merged, Adam's moments; gradients are let go. It comes back when it is
// asked for. On a CPU it would lie in the same memory as before.
enum class Resting { OnGpu, Always, Never };

class TempLora {
 public:
  // `sites` are those of the UNet; `targets` as in FastSettings. `episodes` names one adapter each.
  // Throws Error{Usage} where one of the targets fits no layer.
  TempLora(const std::vector<LoraSite>& sites, const std::string& targets, int64_t rank,
           double scale, std::vector<std::string> episodes, Resting = Resting::OnGpu);
  ~TempLora();  // the UNet is left without adapters, with the base weights that it had
  TempLora(const TempLora&) = delete;
  TempLora& operator=(const TempLora&) = delete;

  // A Kaiming-uniform as in PEFT, drawn by (seed, episode, layer); B zero; Adam's moments zero.
  void reset(uint64_t seed);
  void reset(uint64_t seed, int64_t episode);

  // Scales the update of every layer, s B A, by `factor`: B is.
  void shrink(double factor);

  // Computes W + scale * B A in fp32 from the untouched W, into buffers that are held until the
  // next learning. Where things rest and there is one episode, W's own memory is that buffer from
  // use_merged() on until another way is used; W waits on the host meanwhile.
  void merge();

  // How the UNet computes from here on: with A and B beside the layers (learning), with the weights
  // of the last merge() (sampling), or with the base alone.
  void use_side_path();
  void use_merged();
  void use_base();
  // use_base() where another error is on its way: one of its own, as of a device that is lost, is
  // not reported.
  void leave() noexcept;

  optim::FlatParameters& parameters();  // until the next use_merged()
  optim::AdamW& optimizer();            // likewise
  double scale() const { return scale_; }
  int64_t episode_count() const { return static_cast<int64_t>(episodes_.size()); }
  int64_t steps_made() const { return optimizer_.step; }
  const std::vector<std::string>& layer_names() const { return names_; }

  // The update of one episode as PEFT names it ("base_model.model.<layer>.lora_A.weight" [R, in],
  // ".lora_B.weight" [out, R]), and its moments ("<key>.exp_avg", "<key>.exp_avg_sq"). Copies.
  NamedTensors delta(int64_t episode) const;
  NamedTensors moments(int64_t episode) const;
  // Puts them back. Throws Error{Config} where a layer or a shape does not fit. The number of steps
  // that the optimizer has made is that of the episode which was put back last: those that learn in
  // step share it.
  void load(int64_t episode, const std::map<std::string, at::Tensor>& delta);
  void load_moments(int64_t episode, const std::map<std::string, at::Tensor>& moments,
                    int64_t step);

  // Frobenius norm of scale * B A over all layers, per episode [E].
  at::Tensor norms() const;

 private:
  // Copies of what a flat buffer holds of one episode.
  NamedTensors rows_of(const at::Tensor& flat, int64_t episode, const char* suffix) const;
  at::Tensor a(size_t i) const { return parameters_.named[2 * i].second; }
  at::Tensor b(size_t i) const { return parameters_.named[2 * i + 1].second; }
  void rest();
  void wake_values() const;  // A and B
  void wake() const;         // and what else learning needs
  void compute_merged();
  void merge_in_place();

  std::vector<LoraSite> sites_;
  std::vector<std::string> names_, episodes_;
  int64_t rank_;
  double scale_;
  optim::FlatParameters parameters_;
  optim::AdamW optimizer_;
  mutable std::vector<RestingTensor> resting_values_,
      resting_state_;  // of these two; empty: all are awake
  bool rests_, in_place_;
  std::vector<at::Tensor> merged_;  // undefined while learning: then they are not needed, and
                                    // memory is; in place: the layers' own weights
  MergedWeights merged_weights_;
  OverwrittenWeights base_;  // in place
  bool merged_anew_ = true;  // in place: merge() was called, and nothing written since
};

// Whether `layer` is meant by one of the comma-separated `targets`: "attention" is to_q, to_k, to_v
// and to_out.0, "ff" the feed-forward layers, "proj" proj_in and proj_out; anything else is the end
// of a name at a dot.
bool is_target(const std::string& layer, const std::string& targets);

}  // namespace svg::fast
