#include "libcore/plan/idm_trainer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <limits>

#include "formats/provenance.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/log.h"
#include "libcore/plan/idm_data.h"
#include "libcore/plan/idm_items.h"
#include "libcore/slow/train_loop.h"
#include "libcore/tensor/draws.h"
#include "libcore/tensor/runtime.h"

namespace svg::plan {
namespace {

at::Tensor loss_of(const Idm& idm, const IdmItems& batch) {
  const auto& fields = idm.config.fields;
  const auto logits = forward(idm, batch.windows);
  const auto read = by_field(fields, logits),
             taught = by_field(fields, targets_of(fields, batch.acts).to(logits.device()));
  at::Tensor loss;
  for (size_t v = 0; v < fields.size(); ++v) {
    if (fields[v].values.size() < 2) continue;
    const auto mine = at::cross_entropy_loss(read[v], taught[v]);
    loss = loss.defined() ? loss + mine : mine;
  }
  require(loss.defined(), ErrorKind::Data, "the actions of the training data never change");
  return loss;
}

std::vector<IdmField> fields_of(const std::vector<std::string>& names,
                                const std::vector<const IdmEpisode*>& episodes) {
  std::vector<IdmField> fields;
  for (size_t v = 0; v < names.size(); ++v) {
    std::vector<float> values;
    for (const IdmEpisode* e : episodes) {
      const auto column =
          e->acts.narrow(0, 1, e->acts.size(0) - 1).select(1, static_cast<int64_t>(v)).contiguous();
      values.insert(values.end(), column.const_data_ptr<float>(),
                    column.const_data_ptr<float>() + column.numel());
    }
    fields.push_back(field_of(names[v], values));
  }
  return fields;
}

// The episodes of a training and those that are held out; both live as long as this.
struct Material {
  IdmRecordings recordings, validation;
  std::vector<IdmEpisode> generated;
  std::vector<const IdmEpisode*> train, train_generated;
  std::vector<IdmEpisode> held_out, held_out_generated;
};

Material material_of(const IdmTraining& o, Context& context) {
  Material m;
  m.recordings = read_recordings(o.data);
  if (!o.validation.empty()) m.validation = read_recordings(o.validation);
  require(o.generated.empty() || !o.vae.empty(), ErrorKind::Usage,
          "--generated needs --vae: the model whose autoencoder decodes the streams");
  if (!o.vae.empty()) {
    const LatentCodec codec = load_latent_codec(o.vae, context, 64);
    add_coded(m.recordings, codec);
    if (!o.validation.empty()) add_coded(m.validation, codec);
    int64_t unknown = 0;
    m.generated = read_generated(o.generated, codec, m.recordings, unknown);
    if (unknown > 0)
      log_warn(
          cat(unknown, " generated chunks have sentences that the data do not tell: left out"));
    require(o.generated.empty() || m.generated.size() > 1, ErrorKind::Data,
            o.generated.empty() ? "" : o.generated[0],
            ": expected generated chunks of two episodes at least, with sentences of the data");
  }
  const auto& all = m.recordings.episodes;
  size_t kept = all.size();
  if (o.validation.empty()) {
    require(all.size() >= 2, ErrorKind::Data, o.data[0],
            ": one episode alone: nothing can be held out");
    kept -= std::max<size_t>(1, all.size() / 10);
  } else {
    require(m.validation.fields == m.recordings.fields, ErrorKind::Config, o.validation[0],
            ": its act_fields are others than those of --data");
    m.held_out = m.validation.episodes;
  }
  for (size_t i = 0; i < all.size(); ++i)
    i < kept ? m.train.push_back(&all[i]) : m.held_out.push_back(all[i]);
  const size_t taught = m.generated.size() - m.generated.size() / 5 -
                        (m.generated.size() < 5 && !m.generated.empty());
  for (size_t i = 0; i < m.generated.size(); ++i)
    i < taught ? m.train_generated.push_back(&m.generated[i])
               : m.held_out_generated.push_back(m.generated[i]);
  return m;
}

// The windows around the steps of an episode, from the first on.
using StepWindows = at::Tensor (*)(const IdmEpisode&);

IdmAccuracy measured(const Idm& idm, const std::vector<IdmEpisode>& episodes,
                     const std::string& pictures, StepWindows windows) {
  const at::NoGradGuard no_grad;
  const auto& fields = idm.config.fields;
  std::vector<std::vector<double>> all(fields.size()), moving(fields.size()), error(fields.size());
  std::vector<double> action;
  IdmAccuracy out{.pictures = pictures, .fields = {}, .action = {}, .episodes = 0, .steps = 0};
  for (const IdmEpisode& e : episodes) {
    if (e.frames.size(0) < 2) continue;
    const auto steps = e.frames.size(0) - 1;
    const auto read = actions_of(idm, forward(idm, windows(e)).cpu());
    const auto acts = e.acts.narrow(0, 1, steps);
    const auto right = classes_of(fields, read) == classes_of(fields, acts);  // [n - 1, V]
    const auto mean_of = [](const at::Tensor& x) {
      return x.numel() == 0 ? std::numeric_limits<double>::quiet_NaN()
                            : x.to(at::kDouble).mean().item<double>();
    };
    for (size_t v = 0; v < fields.size(); ++v) {
      const auto mine = right.select(1, static_cast<int64_t>(v));
      const auto moves = acts.select(1, static_cast<int64_t>(v)) != 0;
      all[v].push_back(mean_of(mine));
      moving[v].push_back(mean_of(mine.masked_select(moves)));
      error[v].push_back(mean_of((read - acts).select(1, static_cast<int64_t>(v)).abs()));
    }
    action.push_back(mean_of(right.all(1)));
    ++out.episodes;
    out.steps += right.size(0);
  }
  for (size_t v = 0; v < fields.size(); ++v)
    out.fields.push_back({fields[v].name, eval::bootstrap_mean(all[v]),
                          eval::bootstrap_mean(moving[v]), eval::bootstrap_mean(error[v])});
  out.action = eval::bootstrap_mean(action);
  return out;
}

std::vector<IdmAccuracy> measured(const Idm& idm, const Material& m) {
  const auto recorded = [](const IdmEpisode& e) { return windows_of(e.frames, 1); };
  const auto coded = [](const IdmEpisode& e) { return windows_of(e.coded, 1); };
  const auto pairs = [](const IdmEpisode& e) {
    const auto steps = e.frames.size(0) - 1;
    return pair_windows(e.frames.narrow(0, 0, steps), e.planned().narrow(0, 1, steps));
  };
  std::vector<IdmAccuracy> rows{measured(idm, m.held_out, "recorded", recorded)};
  if (idm.config.pairs) rows.push_back(measured(idm, m.held_out, "pairs", pairs));
  if (m.held_out[0].coded.defined()) rows.push_back(measured(idm, m.held_out, "coded", coded));
  if (!m.held_out_generated.empty())
    rows.push_back(measured(idm, m.held_out_generated, "generated", recorded));
  return rows;
}

}  // namespace

std::vector<IdmAccuracy> train_idm(const IdmTraining& o, const slow::TrainLoopSettings& loop,
                                   Context& context) {
  const auto device = apply_runtime(context);
  require(o.channels % 8 == 0, ErrorKind::Usage, "--channels ", o.channels,
          ": expected a multiple of 8");
  const Material m = material_of(o, context);
  std::vector<const IdmEpisode*> all = m.train;
  all.insert(all.end(), m.train_generated.begin(), m.train_generated.end());
  const IdmConfig config{.height = m.recordings.episodes[0].frames.size(1),
                         .width = m.recordings.episodes[0].frames.size(2),
                         .channels = o.channels,
                         .points = o.points,
                         .fields = fields_of(m.recordings.fields, m.train),
                         .pairs = o.pair_share > 0};
  auto parameters = Parameters::fresh(context.seed, device);
  const Idm idm = make_idm(parameters, config);
  parameters.finish();

  const Steps recorded = Steps(m.train, &IdmEpisode::frames);
  const Steps coded = o.vae.empty() ? Steps() : Steps(m.train, &IdmEpisode::coded);
  const Steps generated = Steps(m.train_generated, &IdmEpisode::frames);
  require(recorded.count() > 0, ErrorKind::Data, o.data[0], ": no episode has two frames");
  const Pairs pairs =
      config.pairs ? Pairs(recorded, coded.count() > 0 ? coded : recorded, m.train, config.fields)
                   : Pairs();

  ordered_json settings = {{"component", "idm"}, {"config", to_json(config)}};
  settings.update(to_json(loop));
  auto mine = o;
  settings.update(json_of(settings_of(mine)));
  settings["seed"] = context.seed;
  settings["steps_recorded"] = recorded.count();
  settings["steps_coded"] = coded.count();
  settings["steps_generated"] = generated.count();

  slow::TrainTask task;
  task.parameters = optim::flatten(parameters.list());
  task.loss = [&](int64_t step, int64_t micro, ordered_json&) {
    // Which pictures a batch is of is drawn item by item; items of one kind are taken together.
    const auto batch = loop.batch;
    const DrawKey key{context.seed, "idm", step * loop.accumulate + micro, "kind", 0};
    const auto kinds = draw_uniform(key, {batch});
    std::vector<at::Tensor> windows, acts;
    const auto add = [&](const IdmItems& part) {
      windows.push_back(part.windows);
      acts.push_back(part.acts);
    };
    // Pairs are the last share, the rest is as without them.
    const double whole = 1 - o.pair_share;
    const double g = generated.count() ? o.generated_share : 0;
    const double c = coded.count() ? g + (1 - g) * o.coded_share : g;
    const std::pair<const Steps*, at::Tensor> parts[] = {
        {&generated, kinds < g * whole},
        {&coded, (kinds >= g * whole) & (kinds < c * whole)},
        {&recorded, (kinds >= c * whole) & (kinds < whole)}};
    int64_t draw = 0;
    for (const auto& [steps, chosen] : parts) {
      ++draw;
      const auto count = chosen.sum().item<int64_t>();
      if (count == 0) continue;
      const auto rows = draw_integers({key.seed, key.episode, key.chunk, "items", draw}, 0,
                                      steps->count(), {count});
      add(steps->taken(rows));
    }
    // Of the pairs, the far ones are last.
    const double near = whole + o.pair_share * (1 - o.far_share);
    const auto near_count = ((kinds >= whole) & (kinds < near)).sum().item<int64_t>();
    const auto far_count = (kinds >= near).sum().item<int64_t>();
    const auto drawn = [&](const char* what, int64_t low, int64_t high, int64_t count) {
      return draw_integers({key.seed, key.episode, key.chunk, what, 0}, low, high, {count});
    };
    if (near_count > 0) {
      // Small distances are the likelier: they are what a plan that is followed asks for.
      const auto apart = drawn("pairs ahead", 0, Pairs::kMostApart + 1, near_count) -
                         drawn("pairs behind", 0, Pairs::kMostApart + 1, near_count);
      add(pairs.taken(drawn("pairs", 0, pairs.count(), near_count), apart));
    }
    if (far_count > 0)
      add(pairs.taken_far(drawn("far pairs", 0, pairs.count(), far_count),
                          draw_uniform({key.seed, key.episode, key.chunk, "far pairs at", 0},
                                       {far_count, Pairs::kCandidates})));
    return loss_of(idm, {at::cat(windows), at::cat(acts)});
  };
  task.validate = [&]() -> ordered_json {
    ordered_json line;
    for (const IdmAccuracy& row : measured(idm, m))
      line["action_" + row.pictures] = row.action.mean;
    return line;
  };
  task.save_model = [&] {
    save_idm(loop.output, config, optim::cut(task.parameters, task.parameters.values));
    write_file_atomically(
        loop.output + "/provenance.json",
        formats::make_provenance(context.tool, settings, context.seed, ordered_json::object())
                .dump(2) +
            "\n");
  };
  slow::run_training(task, loop, settings, context);
  return measured(load_idm(loop.output, device), m);
}

}  // namespace svg::plan
