// What stands beside the UNet while it is trained: in the slow-fast loop, the memory of each item
// of a batch. None: the UNet is trained alone.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "libcore/base/json.h"
#include "libcore/model/noise_schedule.h"
#include "libcore/model/unet3d.h"
#include "libcore/slow/latent_dataset.h"
#include "libcore/tensor/parameters.h"

namespace svg::slow {

using Origins = std::vector<LatentDataset::Origin>;

// What a training is of. It outlives what is put beside its UNet.
struct TrainedUnet {
  Parameters& parameters;
  const UNet3D& unet;
  const NoiseSchedule& schedule;
  const LatentDataset& data;
  std::function<at::Tensor(const std::string& text)> embed;  // [L, D]
  at::Device device;
};

class BesideUnet {
 public:
  virtual ~BesideUnet() = default;
  // Once, before anything else.
  virtual void attach(const TrainedUnet&) = 0;
  // The items of micro-batch `micro` of update `step`, where they are not drawn at random from the
  // data; each call goes on from the one before.
  virtual std::optional<LatentDataset::Batch> items(int64_t /*step*/, int64_t /*micro*/) {
    return std::nullopt;
  }
  // Whether a training can go on from here as if it had not been stopped: after `step` updates.
  virtual bool may_stop_after(int64_t /*step*/) const { return true; }
  // What the next loss and its gradients are computed with: for micro-batch `micro` of update
  // `step`. Adds what it has to say to the line of the log.
  virtual void place(const Origins&, int64_t step, int64_t micro, ordered_json& log) = 0;
  // The ways in which the held-out loss is measured: the first one's is "loss", that of way W
  // "loss_W".
  virtual std::vector<std::string> ways() const = 0;
  virtual void place_for(const std::string& way, const Origins& held_out) = 0;
  // The UNet computes alone again: samples are made so.
  virtual void leave() = 0;
  // What is trained together with the UNet, after attach(), by names of its own, and at which
  // multiple of the learning rate: handles that place() computes with.
  struct Learned {
    NamedTensors tensors;
    double rate = 1;
  };
  virtual Learned learned() { return {}; }
  // Writes it into `output`, a model directory that is complete but for it.
  virtual void save(const std::string& /*output*/, const NamedTensors& /*learned*/) {}
  // What of it shapes the result.
  virtual ordered_json settings() const = 0;
};

}  // namespace svg::slow
