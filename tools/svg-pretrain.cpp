// svg-pretrain: slow learning. Data and a model directory in, a trained model directory out.
// Inputs: manifest directories (svg-world dataset) or latent streams. Exit 75: stopped after
// saving, --resume goes on. See also: svg-generate, svg-eval.
#include "libcore/session/pretrain.h"

#include "libcore/base/error.h"
#include "tools/common/run_options.h"
#include "tools/common/setting_flags.h"
#include "tools/common/tool_main.h"
#include "tools/common/torch_library.h"

namespace {

using svg::session::PretrainOptions;
using svg::tools::add_setting, svg::tools::add_settings;

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
  add_setting(app, svg::Setting("component", o.component, "What to train"));
  app.add_option("--data", o.files.data, "Manifest directories or latent streams");
  app.add_option("--validation", o.files.validation, "The same, held out");
  app.add_option("-o,--output", o.loop.output, "RUN: a model directory, plus training/");
  add_settings(app, svg::slow::settings_of(o.loop));
  add_setting(app, svg::Setting("save_dtype", o.files.save_dtype, "dtype of the saved weights"));
  add_settings(*app.add_option_group("UNet"), svg::slow::settings_of(o.unet));
  add_settings(*app.add_option_group("Autoencoder"), svg::slow::settings_of(o.vae));
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
