#include "libcore/eval/report/published.h"

namespace svg::eval {

void add_published(Page& page) {
  page.section("Published figures, for comparison");
  page.note(
      "From the paper (arXiv 2410.23277): other data, other scale, other metrics than above. What "
      "can "
      "be compared is the order of the rows.");
  page.heading("Table 1, published: single chunks and long videos");
  page.table({{"model", "FVD", "PSNR", "SSIM", "LPIPS", "SCuts", "SRC", "human"},
              {"AVDC", "1408", "16.96", "52.63", "20.65", "3.13", "83.89", "0.478"},
              {"Streaming-T2V", "990", "14.87", "48.33", "33.00", "0.89", "91.02", "0.814"},
              {"Runway Gen-3 Turbo", "1763", "11.15", "47.29", "52.71", "2.46", "80.26", "0.205"},
              {"AnimateDiff", "782", "17.89", "52.34", "33.41", "2.94", "90.12", "0.872"},
              {"SEINE", "919", "18.04", "54.15", "35.72", "1.03", "88.95", "0.843"},
              {"iVideoGPT", "1303", "13.08", "31.37", "27.22", "1.32", "82.19", "0.536"},
              {"without Temp-LoRA", "-", "-", "-", "-", "1.88", "89.04", "0.869"},
              {"SlowFast-VGen", "514", "19.21", "60.53", "25.06", "0.37", "93.71", "0.897"}});
  page.heading("Table 2, published: planning, distance / FVD");
  page.table(
      {{"task", "AVDC", "Streaming-T2V", "without Temp-LoRA", "without the loop", "SlowFast-VGen"},
       {"RLBench cubes", "0.078 / 81.4", "0.022 / 68.2", "0.080 / 70.3", "0.055 / 69.8",
        "0.013 / 65.9"},
       {"Minecraft retrace", "5.57 / 526", "2.18 / 497", "6.31 / 513", "2.23 / 501",
        "1.51 / 446"}});
  page.heading("Table 3, published: cost on one V100");
  page.table({{"", "without Temp-LoRA", "with"},
              {"seconds a sample", "12.9305", "13.8066 (+6.8 %)"},
              {"memory, MB", "9579", "9931 (+3.7 %)"}});
  page.heading("Table 4, published: ablations");
  page.table({{"variant", "SCuts", "SRC"},
              {"original Temp-LoRA", "0.55", "92.24"},
              {"without local learning rule", "0.36", "90.27"},
              {"without chunk input", "1.24", "90.01"},
              {"without Temp-LoRA", "1.88", "89.04"},
              {"SlowFast-VGen", "0.37", "93.71"}});
}

}  // namespace svg::eval
