// Where memories start: a delta on disk, taken up by every episode, or refused in one line.
#include "libcore/fast/start.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "libcore/base/atomic_file.h"
#include "libcore/base/hash.h"
#include "libcore/fast/start_file.h"
#include "libcore/nn/layers.h"
#include "libcore/tensor/draws.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/golden.h"
#include "test/support/temp_dir.h"

namespace svg::fast {
namespace {

using test::failure_of;

constexpr const char* kBase = "xxh128:aa";
const std::string kA = "base_model.model.x.q.lora_A.weight",
                  kB = "base_model.model.x.q.lora_B.weight";

FastSettings settings(int64_t rank = 2) {
  FastSettings s;
  s.rank = rank;
  s.alpha = 1;
  s.targets = "q,v";
  return s;
}

// Two layers, two episodes.
struct Model {
  Parameters parameters = Parameters::fresh(3, at::kCPU);
  nn::Linear q, v;
  explicit Model(int64_t in = 5) {
    q = nn::make_linear(parameters, "x.q", in, 4, false);
    v = nn::make_linear(parameters, "x.v", 3, 2, false);
  }
  TempLora memory(const FastSettings& s) {
    return TempLora(parameters, s.targets, s.rank, s.scale(), {"e", "f"},
                    OffloadWhileSampling::Never);
  }
};

Start made(int64_t rank = 2) {
  const auto numbers = [&](const char* what, at::IntArrayRef shape) {
    return draw_normal({2, what, 0, "test", 0}, shape);
  };
  Start start;
  start.tensors = {{kA, numbers("qa", {rank, 5})},
                   {kB, numbers("qb", {4, rank})},
                   {"base_model.model.x.v.lora_A.weight", numbers("va", {rank, 3})},
                   {"base_model.model.x.v.lora_B.weight", numbers("vb", {2, rank})}};
  start.rates = {{kA, 0.5}, {kB, 3}};
  return start;
}

std::string written(const std::string& folder, const Start& start, const FastSettings& s) {
  const auto path = folder + "/start.safetensors";
  write_start(path, start, s, kBase, {{"tool", "test"}});
  return path;
}

}  // namespace

CATCH_TEST_CASE("Every episode begins where the file says, and forgets back to it", "[start]") {
  const test::TempDir folder;
  auto s = settings();
  s.init = written(folder.path(), made(), s);
  Model model;
  auto memory = model.memory(s);
  begin_from_file(s, kBase, memory);
  memory.reset(1);
  const at::NoGradGuard no_grad;
  for (int64_t e = 0; e < 2; ++e) {
    for (const auto& [name, t] : memory.delta(e)) CATCH_CHECK(t.equal(made().tensors.at(name)));
  }
  memory.parameters().values.add_(1);
  memory.shrink(0.25);
  for (const auto& [name, t] : memory.delta(1)) {
    const bool is_a = name.ends_with("lora_A.weight");
    CATCH_CHECK(at::allclose(t, made().tensors.at(name) + (is_a ? 1.0 : 0.25)));
  }
  memory.reset(1, 0);
  CATCH_CHECK(memory.delta(0).front().second.equal(made().tensors.at(kA)));
}

CATCH_TEST_CASE("Each tensor changes at its own rate", "[start]") {
  const test::TempDir folder;
  auto s = settings();
  s.init = written(folder.path(), made(), s);
  Model model;
  auto memory = model.memory(s);
  begin_from_file(s, kBase, memory);
  memory.reset(1);
  const at::NoGradGuard no_grad;
  memory.write([&] { memory.parameters().values.add_(1); });
  for (const auto& [name, t] : memory.delta(0)) {
    const double rate = name == kA ? 0.5 : name == kB ? 3 : 1;
    CATCH_CHECK(at::allclose(t, made().tensors.at(name) + rate));
  }
}

CATCH_TEST_CASE("A file of another scale starts the same update", "[start]") {
  const test::TempDir folder;
  auto theirs = settings();
  theirs.alpha = 4;  // scale 2, ours is 1/2
  auto s = settings();
  s.init = written(folder.path(), made(), theirs);
  const auto start = read_start(s.init, s, {"x.q", "x.v"}, kBase);
  CATCH_CHECK(start.tensors.at(kA).equal(made().tensors.at(kA)));
  CATCH_CHECK(at::allclose(start.tensors.at(kB), made().tensors.at(kB) * 4));
}

CATCH_TEST_CASE("What does not fit is refused in one line", "[start]") {
  const test::TempDir folder;
  const auto refused = [&](const Start& start, const FastSettings& wrote, FastSettings s,
                           Model model = Model(), const char* base = kBase) {
    s.init = written(folder.path(), start, wrote);
    auto memory = model.memory(s);
    return failure_of([&] { begin_from_file(s, base, memory); });
  };
  const auto other_model = refused(made(), settings(), settings(), Model(), "xxh128:bb");
  CATCH_CHECK(other_model.kind == ErrorKind::Config);
  CATCH_CHECK(other_model.says("starts memories of another model (xxh128:aa), this one is"));
  const auto other_rank = refused(made(3), settings(3), settings(2));
  CATCH_CHECK(other_rank.kind == ErrorKind::Config);
  CATCH_CHECK(other_rank.says("has rank 3, the settings say 2"));
  const auto shape = refused(made(), settings(), settings(), Model(7));
  CATCH_CHECK(shape.kind == ErrorKind::Config);
  CATCH_CHECK(shape.says("lora_A.weight has another shape"));
  auto fewer = settings();
  fewer.targets = "q";
  const auto left_over = refused(made(), settings(), fewer);
  CATCH_CHECK(left_over.kind == ErrorKind::Config);
  CATCH_CHECK(left_over.says("adapts x.v, which is not among"));
  auto half = made();
  half.tensors.erase("base_model.model.x.v.lora_A.weight");
  half.tensors.erase("base_model.model.x.v.lora_B.weight");
  const auto missing = refused(half, settings(), settings());
  CATCH_CHECK(missing.kind == ErrorKind::Config);
  CATCH_CHECK(missing.says("has nothing for x.v"));
  auto nan = made();
  nan.tensors.at(kB)[1][0] = std::nan("");
  const auto not_finite = refused(nan, settings(), settings());
  CATCH_CHECK(not_finite.kind == ErrorKind::Data);
  CATCH_CHECK(not_finite.says(kB));
  auto backwards = made();
  backwards.rates.at(kA) = -1;
  const auto rate = refused(backwards, settings(), settings());
  CATCH_CHECK(rate.kind == ErrorKind::Data);
  CATCH_CHECK(rate.says("svg.rates of x.q must be numbers of 0 or more"));
}

CATCH_TEST_CASE("The model's own start is found, and known by its digest", "[start]") {
  const test::TempDir model;
  FastSettings s;
  find_start(s, model.path());
  CATCH_CHECK((s.init.empty() && s.init_digest.empty()));
  CATCH_CHECK_FALSE(to_json(s).contains("init"));

  make_directories(model / "fast");
  const auto own = model / "fast/init.safetensors";
  write_file_atomically(own, "bytes");
  const auto digest = "sha256:" + sha256_hex_of_file(own);
  find_start(s, model.path());
  CATCH_CHECK(s.init == own);
  CATCH_CHECK(to_json(s).at("init") == digest);

  // As provenance names it.
  auto again = fast_settings_from(json(to_json(s)), {}, "here");
  find_start(again, model.path());
  CATCH_CHECK(again.init == own);
  write_file_atomically(own, "others");
  again.init = digest;
  const auto changed = failure_of([&] { find_start(again, model.path()); });
  CATCH_CHECK(changed.kind == ErrorKind::Config);
  CATCH_CHECK(changed.says("what is asked for started from " + digest));

  s.init = kNoStart;
  find_start(s, model.path());
  CATCH_CHECK(s.init.empty());
  s.init = model / "nothing";
  CATCH_CHECK(failure_of([&] { find_start(s, model.path()); }).kind == ErrorKind::NoInput);
}

}  // namespace svg::fast
