// svg-pretrain: slow learning. Data and a model directory in, a trained model directory out.
// Inputs: manifest directories (svg-world dataset) or latent streams. Exit 75: stopped after
// saving, --resume goes on. See also: svg-generate, svg-eval.
#include "libcore/session/pretrain.h"

#include "libcore/base/error.h"
#include "tools/common/run_options.h"
#include "tools/common/tool_main.h"
#include "tools/common/torch_library.h"

namespace {

using svg::session::PretrainOptions;

const svg::tools::ToolInfo kTool = {
    .name = "svg-pretrain",
    .summary =
        "Train a component of a model directory on episodes: the UNet to continue clean past "
        "frames, or the autoencoder.",
    .footer =
        "Example:\n"
        "  svg-pretrain --component vae --model configs --data data/train -o vae-run --steps 3000 "
        "--lr 2e-3\n"
        "  svg-pretrain --model vae-run --data data/train -o run --past 4 --future 4 --steps 8000 "
        "--batch 16 --lr 1e-3\n"
        "  svg-pretrain --model M --past 8 --future 8 --dtype bf16 --checkpoint-activations blocks "
        "--estimate --estimate-memory 80G\n"
        "Exit 71: a GPU is too small for this (predicted before the weights are loaded); 75: "
        "stopped after saving; the same command with\n"
        "--resume goes on, bit for bit.",
    .device = true,
    .seed = true,
    .progress = true,
};

void add_options(CLI::App& app, PretrainOptions& o) {
  app.add_option("--model", o.files.model,
                 "Model directory; a component without weights starts fresh")
      ->required();
  app.add_option("--component", o.component, "What to train")
      ->check(CLI::IsMember({"unet", "vae"}))
      ->capture_default_str();
  app.add_option("--data", o.files.data, "Manifest directories or latent streams");
  app.add_option("--validation", o.files.validation, "The same, held out");
  app.add_option("-o,--output", o.loop.output, "RUN: a model directory, plus training/");
  app.add_option("--steps", o.loop.steps, "Updates in all")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--batch", o.loop.batch, "Items in a micro-batch")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--accumulate", o.loop.accumulate, "Micro-batches in an update")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  svg::tools::add_checkpoint_option(app, o.unet.checkpoint_activations);
  app.add_option("--adam-moments", o.loop.adam_moments,
                 "Adam's two moments: 4 bytes each a number, or 1 (block-wise 8 bit)")
      ->check(CLI::IsMember({"fp32", "8bit"}))
      ->capture_default_str();
  app.add_option("--lr", o.loop.lr, "Learning rate")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--lr-schedule", o.loop.lr_schedule, "constant or cosine")
      ->check(CLI::IsMember({"constant", "cosine"}))
      ->capture_default_str();
  app.add_option("--warmup-steps", o.loop.warmup_steps, "Updates of linear warm-up")
      ->capture_default_str();
  app.add_option("--final-lr-ratio", o.loop.final_lr_ratio, "Where cosine ends, relative to --lr")
      ->capture_default_str();
  app.add_option("--weight-decay", o.loop.weight_decay, "Decoupled weight decay")
      ->capture_default_str();
  app.add_option("--beta1", o.loop.beta1, "Adam's beta1")->capture_default_str();
  app.add_option("--beta2", o.loop.beta2, "Adam's beta2")->capture_default_str();
  app.add_option("--max-grad-norm", o.loop.max_grad_norm,
                 "Gradient norm is clipped to this; 0: never")
      ->capture_default_str();
  app.add_option("--ema-decay", o.loop.ema_decay,
                 "Decay of the averaged weights, which are what is saved")
      ->capture_default_str();

  app.add_option(
         "--ema", o.loop.ema,
         "Where the averaged weights are kept; off: none are, and the last weights are saved")
      ->check(CLI::IsMember({"device", "cpu", "off"}))
      ->capture_default_str();

  auto* unet = app.add_option_group("UNet");
  unet->add_option("--past", o.unet.past,
                   "Past lengths in frames, with shares: 8 or 4:0.75,1:0.15,0:0.1 (0: all frames "
                   "noised, no text)")
      ->capture_default_str();
  unet->add_option("--future", o.unet.future, "Future frames of an item")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  unet->add_option("--text-dropout", o.unet.text_dropout, "Share of items with the empty prompt")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  unet->add_option("--past-noise", o.unet.past_noise,
                   "Largest standard deviation of noise on the past frames")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  unet->add_flag("--train-text-encoder", o.unet.train_text_encoder, "Train the text encoder too");

  auto* vae = app.add_option_group("Autoencoder");
  vae->add_option("--kl-weight", o.vae.kl_weight, "Weight of the KL term, a mean over latents")
      ->capture_default_str();
  vae->add_option("--l1-weight", o.vae.l1_weight, "Weight of the absolute error")
      ->capture_default_str();
  vae->add_option("--mse-weight", o.vae.mse_weight, "Weight of the squared error")
      ->capture_default_str();

  app.add_option("--checkpoint-every", o.loop.checkpoint_every, "Updates between saved states")
      ->capture_default_str();
  app.add_option("--validate-every", o.loop.validate_every, "Updates between validations; 0: never")
      ->capture_default_str();
  app.add_option("--sample-every", o.loop.sample_every,
                 "Updates between contact sheets in RUN/training; 0: never")
      ->capture_default_str();
  app.add_option("--max-steps", o.loop.max_steps,
                 "Stop after this many updates of this call, exit 75; 0: never")
      ->capture_default_str();
  app.add_option("--save-dtype", o.files.save_dtype, "dtype of the saved weights")
      ->check(CLI::IsMember({"fp32", "fp16", "bf16"}))
      ->capture_default_str();
  svg::tools::add_estimate_options(*app.add_option_group("Estimate"), o.estimate, "the model's");
  app.add_flag("--resume", o.loop.resume, "Go on with the run in RUN");
  app.add_flag("--force", o.loop.force, "Start anew where RUN holds a run");
}

int run(const PretrainOptions& o, svg::Context& context) {
  svg::tools::check_estimate(o.estimate);
  svg::require(o.estimate.estimate || !o.files.data.empty(), svg::ErrorKind::Usage,
               "--data is required");
  svg::require(o.estimate.estimate || !o.loop.output.empty(), svg::ErrorKind::Usage,
               "--output is required");
  return svg::tools::print(svg::tools::run_session(o, context), o.estimate.json);
}

}  // namespace

int main(int argc, char** argv) {
  return svg::tools::tool_main<PretrainOptions>(argc, argv, kTool, add_options, run);
}
