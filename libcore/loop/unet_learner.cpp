#include "libcore/loop/unet_learner.h"

namespace svg::loop {

namespace {

class UnetLearner : public Learner {
 public:
  UnetLearner(Pipeline& pipeline, const episode::RunSettings& settings,
              std::vector<std::string> names)
      : device_(pipeline.device),
        run_(pipeline, settings, std::move(names), fast::OffloadWhileSampling::Never) {}

  void append(const at::Tensor& latents, const std::vector<episode::Action>& actions) override {
    run_.append(latents, actions, true);
  }
  fast::FastReport learn() override {
    auto report = run_.learn();
    run_.forget_out_of_reach();
    return report;
  }
  fast::TempLora& memory() override { return *run_.memory(); }
  at::Device device() const override { return device_; }

 private:
  at::Device device_;
  episode::EpisodeRun run_;
};

}  // namespace

MakeLearner unet_learner(Pipeline& pipeline, const episode::RunSettings& settings) {
  return [&pipeline, settings](std::vector<std::string> names) {
    return std::make_unique<UnetLearner>(pipeline, settings, std::move(names));
  };
}

}  // namespace svg::loop
