#include "libcore/slow/train_settings.h"

#include "test/support/catch.h"

namespace svg::slow {

CATCH_TEST_CASE("Settings of slow learning are written as ever", "[learn]") {
  TrainLoopSettings loop;
  CATCH_CHECK(to_json(loop).dump() ==
              R"({"steps":1000,"batch":16,"accumulate":1,"lr":5e-06,"lr_schedule":"constant",)"
              R"("warmup_steps":100,"final_lr_ratio":0.02,"weight_decay":0.0,"betas":[0.9,0.999],)"
              R"("max_grad_norm":1.0,"ema_decay":0.9999,"ema":true,"adam_moments":"fp32"})");
  loop.ema = Ema::Off;
  CATCH_CHECK(to_json(loop).at("ema") == false);
  loop.ema = Ema::Cpu;
  CATCH_CHECK(to_json(loop).at("ema") == true);
  CATCH_CHECK(to_json(SlowSettings()).dump() ==
              R"({"past":"8","future":8,"text_dropout":0.1,"past_noise":0.0,)"
              R"("own_past":0.0,"own_past_timesteps":[100,700],"own_past_steps":3,)"
              R"("train_text_encoder":false})");
  CATCH_CHECK(to_json(VaeSettings()).dump() ==
              R"({"kl_weight":1e-06,"l1_weight":1.0,"mse_weight":1.0})");
}

}  // namespace svg::slow
