#include "libcore/plan/idm.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/path.h"
#include "libcore/nn/activation.h"
#include "libcore/tensor/draws.h"

namespace svg::plan {
namespace {

constexpr const char* kFormat = "svg-idm/1";
// Means are taken over parts of the picture: walking widens it, which is a turn to one side in its
// left half and to the other in its right.
constexpr int64_t kGridHeight = 2, kGridWidth = 4;
constexpr double kMu = 10;           // VPT's
constexpr double kSameValue = 1e-4;  // of the largest

double companded(double x) {  // [-1, 1] to itself, steep near 0
  return std::copysign(std::log1p(kMu * std::fabs(x)) / std::log1p(kMu), x);
}
double expanded(double u) {
  return std::copysign((std::exp(std::fabs(u) * std::log1p(kMu)) - 1) / kMu, u);
}

double largest(const std::vector<double>& values) {
  double most = 0;
  for (double v : values) most = std::max(most, std::fabs(v));
  return most > 0 ? most : 1;
}

}  // namespace

IdmField field_of(const std::string& name, const std::vector<float>& values) {
  double most = 0;
  for (float v : values) most = std::max(most, std::fabs(static_cast<double>(v)));
  // An amount that was added up differently is no other amount.
  const auto same = static_cast<float>(most * kSameValue);
  std::set<float> distinct;
  for (float v : values) {
    if (distinct.size() > kClasses) break;
    const auto near = distinct.lower_bound(v - same);
    if (near == distinct.end() || *near > v + same) distinct.insert(v);
  }
  IdmField field{name, {}, static_cast<int64_t>(distinct.size()) > kClasses};
  if (!field.binned) {
    field.values.assign(distinct.begin(), distinct.end());
    return field;
  }
  for (int64_t i = 0; i < kClasses; ++i) {
    const double u = 2.0 * static_cast<double>(i) / static_cast<double>(kClasses - 1) - 1;
    field.values.push_back(most * expanded(u));
  }
  return field;
}

bool is_increment(const IdmField& field) {
  return field.binned || field.values.size() < 2 || field.values.front() < 0;
}

int64_t class_of(const IdmField& field, double value) {
  const double most = largest(field.values);
  const auto place = [&](double v) {
    return field.binned ? companded(std::clamp(v / most, -1.0, 1.0)) : v;
  };
  size_t best = 0;
  for (size_t i = 1; i < field.values.size(); ++i)
    if (std::fabs(place(field.values[i]) - place(value)) <
        std::fabs(place(field.values[best]) - place(value)))
      best = i;
  return static_cast<int64_t>(best);
}

at::Tensor classes_of(const std::vector<IdmField>& fields, const at::Tensor& acts) {
  const auto classes = at::empty(acts.sizes(), at::kLong);
  const auto from = acts.contiguous();
  const auto* values = from.const_data_ptr<float>();
  auto* to = classes.data_ptr<int64_t>();
  const auto v = static_cast<int64_t>(fields.size());
  for (int64_t i = 0; i < acts.numel(); ++i)
    to[i] = class_of(fields[static_cast<size_t>(i % v)], static_cast<double>(values[i]));
  return classes;
}

at::Tensor targets_of(const std::vector<IdmField>& fields, const at::Tensor& acts) {
  std::vector<at::Tensor> targets;
  for (size_t v = 0; v < fields.size(); ++v) {
    const auto middles = at::tensor(fields[v].values, at::kDouble).to(at::kFloat);
    const auto amounts = acts.select(1, static_cast<int64_t>(v)).contiguous();
    if (!fields[v].binned) {
      const auto nearest = (amounts.unsqueeze(1) - middles).abs().argmin(1);
      targets.push_back(at::one_hot(nearest, middles.size(0)).to(at::kFloat));
      continue;
    }
    const auto above = at::searchsorted(middles, amounts).clamp(1, middles.size(0) - 1);
    const auto low = middles.index_select(0, above - 1), high = middles.index_select(0, above);
    const auto share = ((amounts - low) / (high - low)).clamp(0, 1).unsqueeze(1);
    targets.push_back(at::zeros({amounts.size(0), middles.size(0)})
                          .scatter(1, above.unsqueeze(1) - 1, 1 - share)
                          .scatter(1, above.unsqueeze(1), share));
  }
  return at::cat(targets, 1);
}

std::vector<at::Tensor> by_field(const std::vector<IdmField>& fields, const at::Tensor& logits) {
  std::vector<int64_t> classes;
  for (const IdmField& field : fields) classes.push_back(static_cast<int64_t>(field.values.size()));
  return logits.split_with_sizes(classes, 1);
}

int64_t IdmConfig::outputs() const {
  int64_t n = 0;
  for (const IdmField& field : fields) n += static_cast<int64_t>(field.values.size());
  return n;
}

ordered_json to_json(const IdmConfig& c) {
  ordered_json fields = ordered_json::array();
  for (const IdmField& f : c.fields)
    fields.push_back({{"name", f.name}, {"binned", f.binned}, {"values", f.values}});
  return {{"format", kFormat},
          {"height", c.height},
          {"width", c.width},
          {"frames_before", kFramesBefore},
          {"frames_after", kFramesAfter},
          {"channels", c.channels},
          {"hidden", c.hidden},
          {"points", c.points},
          {"fields", fields},
          {"pairs", c.pairs}};
}

IdmConfig idm_config_from(const ordered_json& doc, const std::string& where) {
  require(json_get<std::string>(doc, "format", where) == kFormat, ErrorKind::Data, where,
          ": expected the format ", kFormat);
  require(json_get<int64_t>(doc, "frames_before", where) == kFramesBefore &&
              json_get<int64_t>(doc, "frames_after", where) == kFramesAfter,
          ErrorKind::Data, where, ": expected ", kFramesBefore, " frames before and ", kFramesAfter,
          " after a step");
  IdmConfig c;
  const auto count = [&](const char* key, int64_t most) {
    const auto n = json_get<int64_t>(doc, key, where);
    require(1 <= n && n <= most, ErrorKind::Data, where, ": ", key, " ", n, ": expected 1 to ",
            most);
    return n;
  };
  c.height = count("height", 4096);
  c.width = count("width", 4096);
  c.channels = count("channels", 4096);
  c.hidden = count("hidden", 65536);
  require(c.channels % 8 == 0, ErrorKind::Data, where, ": channels ", c.channels,
          ": expected a multiple of 8");
  if (doc.contains("points") && doc["points"] != 0) c.points = count("points", 4096);
  if (doc.contains("pairs")) c.pairs = json_get<bool>(doc, "pairs", where);
  const auto fields = json_get<ordered_json>(doc, "fields", where);
  require(fields.is_array() && !fields.empty() && fields.size() <= 64, ErrorKind::Data, where,
          ": fields: expected a list of 1 to 64");
  for (const ordered_json& f : fields) {
    IdmField field{json_get<std::string>(f, "name", where),
                   json_get<std::vector<double>>(f, "values", where),
                   json_get<bool>(f, "binned", where)};
    require(!field.values.empty() && field.values.size() <= static_cast<size_t>(kClasses),
            ErrorKind::Data, where, ": field ", field.name, ": expected 1 to ", kClasses,
            " values");
    c.fields.push_back(std::move(field));
  }
  return c;
}

Idm make_idm(Parameters& p, const IdmConfig& config) {
  Idm idm{.config = config, .conv_in = {}, .blocks = {}, .points = {}, .hidden = {}, .out = {}};
  // Two planes say where a pixel is.
  idm.conv_in = nn::make_conv2d(p, "conv_in", kWindow * 3 + 2, config.channels, 3, 2, 1);
  for (int i = 0; i < 3; ++i)
    idm.blocks[i] = nn::make_resnet_block(p, cat("blocks.", i), config.channels, config.channels, 0,
                                          8, 1e-5, nn::Activation::Silu);
  if (config.points > 0)
    idm.points = nn::make_conv2d(p, "points", config.channels, config.points, 1, 1, 0);
  idm.hidden = nn::make_linear(
      p, "hidden", config.channels * kGridHeight * kGridWidth + 2 * config.points, config.hidden);
  idm.out = nn::make_linear(p, "out", config.hidden, config.outputs());
  return idm;
}

namespace {

// Mean places, -1 to 1 from left to right and from top to bottom, of maps taken as probabilities:
// logits [B, K, h, w] -> [B, 2 K].
at::Tensor places_of(const at::Tensor& logits) {
  const auto h = logits.size(2), w = logits.size(3);
  const auto mass = logits.flatten(2).softmax(2).unflatten(2, {h, w});
  const auto x = mass.sum(2).matmul(at::linspace(-1, 1, w, logits.options()));
  const auto y = mass.sum(3).matmul(at::linspace(-1, 1, h, logits.options()));
  return at::cat({x, y}, 1);
}

}  // namespace

at::Tensor forward(const Idm& idm, const at::Tensor& windows) {
  const auto b = windows.size(0), h = windows.size(2), w = windows.size(3);
  const auto& weight = idm.conv_in.weight;
  const auto pictures = windows.to(weight.device())
                            .permute({0, 1, 4, 2, 3})
                            .reshape({b, kWindow * 3, h, w})
                            .to(at::kFloat)
                            .div(127.5)
                            .sub(1);
  const auto line = [&](int64_t n) { return at::linspace(-1, 1, n, weight.options()); };
  const auto x = at::cat({pictures, line(w).view({1, 1, 1, w}).expand({b, 1, h, w}),
                          line(h).view({1, 1, h, 1}).expand({b, 1, h, w})},
                         1);
  auto y = nn::forward(idm.conv_in, x);
  for (const auto& block : idm.blocks) y = nn::forward(block, y, {});
  auto seen = at::adaptive_avg_pool2d(y, {kGridHeight, kGridWidth}).flatten(1);
  if (idm.config.points > 0) seen = at::cat({seen, places_of(nn::forward(idm.points, y))}, 1);
  y = nn::activate(nn::Activation::Silu, nn::forward(idm.hidden, seen));
  return nn::forward(idm.out, y);
}

at::Tensor actions_of(const Idm& idm, const at::Tensor& logits) {
  const auto& fields = idm.config.fields;
  const auto parts = by_field(fields, logits);
  std::vector<at::Tensor> actions;
  for (size_t v = 0; v < fields.size(); ++v) {
    const auto values = at::tensor(fields[v].values, at::kDouble).to(logits.options());
    actions.push_back(fields[v].binned ? parts[v].softmax(1).matmul(values)
                                       : values.index_select(0, parts[v].argmax(1)));
  }
  return at::stack(actions, 1);
}

at::Tensor windows_of(const at::Tensor& frames, int64_t first) {
  const auto n = frames.size(0);
  const auto steps = at::arange(first, n, at::kLong).unsqueeze(1);
  const auto offsets = at::arange(-kFramesBefore - 1, kFramesAfter, at::kLong).unsqueeze(0);
  const auto rows = (steps + offsets).clamp(0, n - 1);
  return frames.index_select(0, rows.flatten().to(frames.device()))
      .unflatten(0, {n - first, kWindow});
}

at::Tensor pair_windows(const at::Tensor& here, const at::Tensor& next) {
  return at::cat({here.unsqueeze(1).expand({-1, kFramesBefore + 1, -1, -1, -1}),
                  next.unsqueeze(1).expand({-1, kFramesAfter, -1, -1, -1})},
                 1);
}

namespace {

at::Tensor logits_of(const Idm& idm, const at::Tensor& windows) {
  const at::NoGradGuard no_grad;
  expect_shape(windows, {-1, kWindow, idm.config.height, idm.config.width, 3},
               "frames for the inverse model");
  return forward(idm, windows).cpu();
}

ReadActions read_logits(const Idm& idm, const at::Tensor& logits) {
  const auto actions = actions_of(idm, logits).to(at::kDouble).contiguous();
  auto confidence = at::zeros({logits.size(0)});
  for (const at::Tensor& mine : by_field(idm.config.fields, logits))
    confidence += mine.log_softmax(1).amax(1);
  confidence /= static_cast<double>(idm.config.fields.size());
  ReadActions read;
  for (int64_t i = 0; i < logits.size(0); ++i) {
    const auto* row = actions[i].const_data_ptr<double>();
    read.actions.emplace_back(row, row + actions.size(1));
    read.confidence.push_back(confidence[i].item<double>());
  }
  return read;
}

}  // namespace

ReadActions read_actions(const Idm& idm, const at::Tensor& frames, int64_t first) {
  return read_logits(idm, logits_of(idm, windows_of(frames, first)));
}

ReadActions read_next(const Idm& idm, const at::Tensor& here, const at::Tensor& plan, int64_t f) {
  const auto low = std::max<int64_t>(f - 1, 0), high = std::min(f + 2, plan.size(0));
  const auto next = plan.narrow(0, low, high - low);
  const auto& fields = idm.config.fields;
  const auto parts = by_field(fields, logits_of(idm, pair_windows(here.expand_as(next), next)));
  auto shares = at::ones({high - low, 1});
  shares[f - low] = 2;
  shares /= shares.sum();
  std::vector<at::Tensor> read;
  for (size_t v = 0; v < fields.size(); ++v)
    read.push_back(is_increment(fields[v]) ? parts[v][f - low]
                                           : (parts[v].softmax(1) * shares).sum(0).log());
  return read_logits(idm, at::cat(read).unsqueeze(0));
}

void save_idm(const std::string& folder, const IdmConfig& config, const NamedTensors& weights) {
  make_directories(folder);
  write_file_atomically(folder + "/config.json", to_json(config).dump(2) + "\n");
  save_tensors(folder + "/model.safetensors", weights, at::kFloat, {{"format", "pt"}});
}

Idm load_idm(const std::string& folder, at::Device device) {
  const std::string path = folder + "/config.json";
  require(path_exists(path), ErrorKind::NoInput, path,
          ": is not there: expected what svg-plan train wrote");
  const IdmConfig config = idm_config_from(parse_ordered_json(read_file(path), path), path);
  auto files = std::make_shared<const formats::WeightFiles>(folder, "model");
  auto parameters = Parameters::from_files(std::move(files), at::kFloat, device, folder);
  Idm idm = make_idm(parameters, config);
  parameters.finish();
  return idm;
}

}  // namespace svg::plan
