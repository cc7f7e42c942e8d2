// svg-generate's session on streams that no tool of ours would write; test/cli/svg-generate drives the executable.
#include "libcore/learn/generate_session.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "formats/latent_stream.h"
#include "libcore/model/model_files.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/golden.h"
#include "test/support/small_files.h"
#include "test/support/temp_dir.h"
#include "test/support/tiny_run.h"

namespace svg::learn {
namespace {

struct Tiny {
  test::TempDir folder;
  std::string model = test::make_tiny_model(folder.path());
  std::string vae = open_model(model).fingerprint("vae", "diffusion_pytorch_model");
  std::string actions = folder / "actions.txt";
  Tiny() { test::put_bytes(actions, "turn left\nturn right\n"); }

  // A stream of chunks as they are given, without an end record.
  std::string stream(const std::vector<at::Tensor>& chunks, const std::string& episode_of_last = "maze/1") const {
    auto header = test::stream_header(static_cast<int>(chunks[0].size(1)), 4, 8);
    header["model"] = vae;
    std::string bytes = test::text_of(formats::encode_record(header, {}));
    for (size_t i = 0; i < chunks.size(); ++i) {
      auto chunk = test::chunk_header(static_cast<int>(i), static_cast<int>(chunks[i].size(0)), "input");
      if (i + 1 == chunks.size()) chunk["episode"] = episode_of_last;
      bytes += test::text_of(formats::encode_record(chunk, {view_of("latents", chunks[i])}));
    }
    const auto path = folder / "input.latents";
    test::put_bytes(path, bytes);
    return path;
  }

  test::Failure run(const std::string& input) const {
    GenerateOptions o;
    o.model = model;
    o.input = input;
    o.actions = actions;
    o.output = folder / "out.latents";
    o.memory = folder / "out.memory";
    o.run.steps = 2;
    o.run.fast.rank = 1;
    o.salvage = true;
    auto context = test::test_context();
    int code = 0;
    const auto failure = test::failure_of([&] { code = svg_generate_session(o, context); });
    CATCH_CHECK(code == 0);
    return failure;
  }
  bool left_something() const {
    return std::filesystem::exists(folder / "out.memory") || std::filesystem::exists(folder / "out.latents") ||
           std::filesystem::exists(folder / "out.latents.partial");
  }
};

}  // namespace

CATCH_TEST_CASE("Input that does not fit the model, or is no latents, is refused before anything is written", "[learn]") {
  const Tiny tiny;
  auto failure = tiny.run(tiny.stream({at::zeros({4, 3, 4, 8})}));
  CATCH_CHECK(failure.kind == ErrorKind::Config);
  CATCH_CHECK(failure.says("3 channels"));
  CATCH_CHECK_FALSE(tiny.left_something());

  auto wrong = at::zeros({4, 4, 4, 8});
  wrong[2][1][0][3] = std::nan("");
  failure = tiny.run(tiny.stream({at::zeros({4, 4, 4, 8}), wrong}));
  CATCH_CHECK(failure.kind == ErrorKind::Data);
  CATCH_CHECK(failure.says("NaN"));
  CATCH_CHECK(failure.says("[2,1,0,3]"));
  CATCH_CHECK_FALSE(tiny.left_something());

  failure = tiny.run(tiny.stream({at::zeros({4, 4, 4, 8}), at::zeros({4, 4, 4, 8})}, "maze/2"));
  CATCH_CHECK(failure.kind == ErrorKind::Config);
  CATCH_CHECK(failure.says("maze/2"));
  CATCH_CHECK_FALSE(tiny.left_something());
}

CATCH_TEST_CASE("First frames of any number and dtype do", "[learn]") {
  const Tiny tiny;
  const auto [frames, dtype] = GENERATE(table<int, at::ScalarType>({{1, at::kFloat}, {3, at::kHalf}, {9, at::kBFloat16}}));
  const auto start = at::linspace(-1, 1, frames * 4 * 4 * 8).view({frames, 4, 4, 8}).to(dtype);
  CATCH_CHECK(tiny.run(tiny.stream({start})).message == "");
  auto reader = formats::StreamReader::open(tiny.folder / "out.latents");
  std::vector<formats::Record> chunks;
  while (auto record = reader.next()) {
    if (record->kind() == "chunk") chunks.push_back(std::move(*record));
  }
  CATCH_CHECK_FALSE(reader.cut_off());
  CATCH_REQUIRE(chunks.size() == 3);
  CATCH_CHECK(at::equal(tensor_of(*chunks[0].tensors().find("latents")), start));
  CATCH_CHECK(chunks[1].header.at("past") == std::min(4, frames));
  CATCH_CHECK(chunks[2].header.at("past") == 4);
  CATCH_CHECK(chunks[1].header.at("memory") == 0);
  CATCH_CHECK(chunks[2].header.at("memory") == 1);
}

}  // namespace svg::learn
