// Temp-LoRA: the fast weights of E episodes (SlowFast-VGen, section 3.2): a bank of adapters beside
// a frozen UNet, their optimizer, and what of both is offloaded to host memory while a chunk is
// sampled.
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <vector>

#include "libcore/fast/adapter_bank.h"
#include "libcore/fast/fast_settings.h"
#include "libcore/fast/offloaded_tensor.h"
#include "libcore/optim/adamw.h"

namespace svg::fast {

// Whether what sampling does not need is offloaded to pinned host memory: base weights that merged
// ones stand in for, A and B once they are merged, Adam's moments; gradients are dropped. Each is
// fetched when it is asked for. On a CPU it would lie in the same memory as before.
enum class OffloadWhileSampling { OnGpu, Always, Never };

class TempLora {
 public:
  // `unet` outlives the memory; `targets` as in FastSettings. `episodes` names one adapter each.
  // Throws Error{Usage} where one of the targets fits no layer.
  TempLora(Parameters& unet, const std::string& targets, int64_t rank, double scale,
           std::vector<std::string> episodes, OffloadWhileSampling = OffloadWhileSampling::OnGpu);

  // The rule that it will be written by, before anything is learned or loaded; else Adam.
  void set_rule(Rule);
  // The sums that the rule asks for, of each layer: of (A x)(A x)^T over all steps [E, R, R], of
  // y (A x)^T in this step [E, out, R]. begin_step() before a step's forward pass, end_step() after
  // its last one: what is measured between steps does not count.
  void begin_step();
  void end_step();
  const std::vector<at::Tensor>& grams() const { return grams_; }
  const std::vector<at::Tensor>& outers() const { return bank_.outers(); }

  // Where every episode starts, Theta_0, instead of a random A and a zero B, and how fast each
  // tensor learns, as a multiple of the rate (names as of delta(); a tensor without: 1). Before
  // anything is learned or loaded.
  void begin_from(std::map<std::string, at::Tensor> start,
                  const std::map<std::string, double>& rates);

  // A Kaiming-uniform as in PEFT, drawn by (seed, episode, layer), and B zero, or what begin_from()
  // says; Adam's moments zero.
  void reset(uint64_t seed);
  void reset(uint64_t seed, int64_t episode);

  // Scales what every layer has learned, s B A, by `factor`: B is, beyond its start.
  void shrink(double factor);

  // Computes W + scale * B A in fp32 from the untouched W, into buffers that are held until the
  // next learning. With offloading and one episode, W's own memory is that buffer from use_merged()
  // on until another way is used; W is kept in host memory meanwhile.
  void merge();

  // How the UNet computes from here on: with A and B beside the layers (learning), with the weights
  // of the last merge() (sampling), or with the base alone, in which state the UNet is left when
  // this object goes. Throws Error{Internal} while another memory is in use on the same UNet.
  void use_side_path();
  void use_frozen_side_path();  // as constants, beside weights that learn
  void use_merged();
  void use_base() { bank_.use_base(); }
  // f(), which uses any of these ways; after it the UNet computes with the base alone, also where f
  // throws.
  template <class F>
  auto then_base(F&& f) {
    try {
      auto result = f();
      use_base();
      return result;
    } catch (...) {
      bank_.leave();
      throw;
    }
  }

  optim::FlatParameters& parameters();  // until the next use_merged()
  optim::AdamW& optimizer();            // likewise
  // f(), which writes into parameters() at a rate; each tensor's change is scaled to its own.
  template <class F>
  void write(F&& f) {
    if (!rates_.defined()) return f();
    const auto before = parameters().values.clone();
    f();
    scale_change(before);
  }
  // lr at each number's rate [P]: what write() makes of a step of lr.
  at::Tensor change_at_rates(double lr) const;
  double scale() const { return bank_.scale(); }
  int64_t episode_count() const { return bank_.size(); }
  int64_t steps_made() const { return optimizer_.step; }
  const std::vector<std::string>& layer_names() const { return bank_.layer_names(); }

  // The update of one episode as PEFT names it ("base_model.model.<layer>.lora_A.weight" [R, in],
  // ".lora_B.weight" [out, R]), and its moments ("<key>.exp_avg", "<key>.exp_avg_sq"; of B with
  // Rule::Ridge "<key>.gram"). Copies.
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
  std::string gram_name(size_t layer) const;
  void scale_change(const at::Tensor& before);
  void offload();
  void fetch_pairs() const;  // A and B
  void fetch() const;        // and what else learning needs

  bool offloads_;
  AdapterBank bank_;
  optim::AdamW optimizer_;
  at::Tensor rates_;               // [P], of begin_from(); undefined: all are 1
  std::vector<at::Tensor> grams_;  // Rule::Ridge
  // Of the bank's A and B, and of gradients and moments; empty: all are in place.
  mutable std::vector<OffloadedTensor> offloaded_pairs_, offloaded_state_;
};

}  // namespace svg::fast
