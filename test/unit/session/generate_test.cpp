// svg-generate's session on streams that no tool of ours would write; test/cli/svg-generate drives
// the executable.
#include "libcore/session/generate.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "formats/memory/memory.h"
#include "formats/stream/latent_stream.h"
#include "libcore/episode/episode_batch.h"
#include "libcore/episode/latent_sink.h"
#include "libcore/model/model_files.h"
#include "libcore/session/fastlearn.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/golden.h"
#include "test/support/small_files.h"
#include "test/support/temp_dir.h"
#include "test/support/tiny_run.h"

namespace svg::session {
namespace {

struct Tiny {
  test::TempDir folder;
  std::string model = test::make_tiny_model(folder.path());
  std::string vae = formats::ModelDirectory(model).fingerprint("vae");
  std::string actions = folder / "actions.txt";
  Tiny() { test::put_bytes(actions, "turn left\nturn right\n"); }

  // A stream of chunks as they are given, without an end record.
  std::string stream(const std::vector<at::Tensor>& chunks,
                     const std::string& episode_of_last = "maze/1",
                     double scaling_factor = 1) const {
    auto header = test::stream_header(static_cast<int>(chunks[0].size(1)), 4, 8);
    header["model"] = vae;
    header["scaling_factor"] = scaling_factor;
    std::string bytes = test::text_of(formats::encode_record(header, {}));
    for (size_t i = 0; i < chunks.size(); ++i) {
      auto chunk =
          test::chunk_header(static_cast<int>(i), static_cast<int>(chunks[i].size(0)), "input");
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
    o.run.settings["steps"] = 2;
    o.run.settings["fast"]["rank"] = 1;
    o.files.salvage = true;
    auto context = test::test_context();
    Report report;
    return test::failure_of([&] { svg_generate_session(o, context, report); });
  }
  bool left_something() const {
    return std::filesystem::exists(folder / "out.memory") ||
           std::filesystem::exists(folder / "out.latents") ||
           std::filesystem::exists(folder / "out.latents.partial");
  }
};

}  // namespace

CATCH_TEST_CASE(
    "Input that does not fit the model, or is no latents, is refused before anything is written",
    "[learn]") {
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

  failure = tiny.run(tiny.stream({at::zeros({4, 4, 4, 8})}, "maze/1", 0.18215));
  CATCH_CHECK(failure.kind == ErrorKind::Config);
  CATCH_CHECK(failure.says("scaled by 0.18215"));
  CATCH_CHECK_FALSE(tiny.left_something());

  failure = tiny.run(tiny.stream({at::zeros({4, 4, 4, 8}), at::zeros({4, 4, 4, 8})}, "maze/2"));
  CATCH_CHECK(failure.kind == ErrorKind::Config);
  CATCH_CHECK(failure.says("maze/2"));
  CATCH_CHECK_FALSE(tiny.left_something());
}

CATCH_TEST_CASE("First frames of any number and dtype do", "[learn]") {
  const Tiny tiny;
  const auto [frames, dtype] =
      GENERATE(table<int, at::ScalarType>({{1, at::kFloat}, {3, at::kHalf}, {9, at::kBFloat16}}));
  const auto start = at::linspace(-1, 1, frames * 4 * 4 * 8).view({frames, 4, 4, 8}).to(dtype);
  CATCH_CHECK(tiny.run(tiny.stream({start})).message == "");
  auto reader = formats::StreamReader::open(tiny.folder / "out.latents");
  std::vector<formats::Record> chunks;
  while (auto record = reader.next()) {
    if (record->kind() == formats::RecordKind::Chunk) chunks.push_back(std::move(*record));
  }
  CATCH_CHECK_FALSE(reader.cut_off());
  CATCH_REQUIRE(chunks.size() == 3);
  CATCH_CHECK(at::equal(tensor_of(*chunks[0].tensors().find("latents")), start));
  CATCH_CHECK(chunks[1].chunk().past == std::min(4, frames));
  CATCH_CHECK(chunks[2].chunk().past == 4);
  CATCH_CHECK(chunks[1].chunk().memory == 0);
  CATCH_CHECK(chunks[2].chunk().memory == 1);
}

namespace {

// Latents of all generated chunks of a stream.
at::Tensor generated(const std::string& path) {
  std::vector<at::Tensor> chunks;
  auto reader = formats::StreamReader::open(path);
  while (auto record = reader.next()) {
    if (record->kind() == formats::RecordKind::Chunk &&
        record->chunk().role == formats::Role::Generated)
      chunks.push_back(tensor_of(*record->tensors().find("latents")).clone());
  }
  return at::cat(chunks);
}

}  // namespace

CATCH_TEST_CASE("Many episodes in step are as each of them alone", "[learn]") {
  const Tiny tiny;
  Report report;
  GenerateOptions o;
  o.model = tiny.model;
  o.run.settings["steps"] = 2;
  o.run.settings["fast"] = {
      {"rank", 2}, {"steps", 4}, {"lr", 5e-3}, {"source", "all"}, {"targets", "attention,ff"}};
  o.batch = GENERATE(0, 2);
  auto context = test::test_context();
  // Three with two chunks to make, of which two have the same opening; one with one chunk; one with
  // another opening.
  const std::vector<std::string> names = {"a", "b", "c", "d", "e"};
  const std::vector<std::string> actions = {
      R"(["turn left", "walk forward"])", R"(["turn right", {"action": "turn left", "seed": 9}])",
      R"(["walk forward", "turn left"])", R"(["turn left"])", R"(["turn left", "walk forward"])"};
  std::string file;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto frames = i == 4 ? 3 : 4;
    const auto first = at::linspace(-1, i == 2 ? 2 : 1, frames * 4 * 4 * 8).view({frames, 4, 4, 8});
    std::filesystem::rename(tiny.stream({first}), tiny.folder / (names[i] + ".first"));
    file += json{{"input", tiny.folder / (names[i] + ".first")},
                 {"actions", json::parse(actions[i])},
                 {"output", tiny.folder / (names[i] + ".latents")},
                 {"memory", tiny.folder / (names[i] + ".memory")}}
                .dump() +
            "\n";
  }
  test::put_bytes(tiny.folder / "many.jsonl", file);
  o.files.salvage = true;
  o.episodes = tiny.folder / "many.jsonl";
  svg_generate_session(o, context, report);

  o.episodes.clear();
  for (size_t i = 0; i < names.size(); ++i) {
    CATCH_INFO(names[i]);
    std::string lines;
    for (const auto& action : json::parse(actions[i]))
      lines += (action.is_string() ? action.get<std::string>() : action.dump()) + "\n";
    test::put_bytes(tiny.actions, lines);
    o.input = tiny.folder / (names[i] + ".first");
    o.actions = tiny.actions;
    o.output = tiny.folder / "alone.latents";
    o.memory = tiny.folder / (names[i] + ".alone");
    svg_generate_session(o, context, report);
    const auto alone = generated(o.output),
               together = generated(tiny.folder / (names[i] + ".latents"));
    CATCH_CHECK((alone - together).norm().item<double>() <= 1e-4 * alone.norm().item<double>());
    const auto memory = formats::Memory::open(o.memory),
               other = formats::Memory::open(tiny.folder / (names[i] + ".memory"));
    CATCH_REQUIRE(memory.log().size() == other.log().size());
    for (size_t k = 0; k < memory.log().size(); ++k) {
      CATCH_CHECK(memory.log()[k].action == other.log()[k].action);
      CATCH_CHECK(*memory.log()[k].loss_after == Approx(*other.log()[k].loss_after).epsilon(1e-4));
      CATCH_CHECK(memory.log()[k].norm == Approx(other.log()[k].norm).epsilon(1e-3));
    }
  }
}

namespace {

// Steps, loss and norm of each chunk, one after the other.
using Learned = std::vector<double>;

template <class Chunk>
void note(Learned& all, const Chunk& chunk) {
  all.insert(all.end(), {static_cast<double>(chunk.steps), chunk.loss, chunk.norm});
}

// What svg-fastlearn learns of a stream.
Learned fastlearn(const Tiny& tiny, const GenerateOptions& o, const std::string& input) {
  FastlearnOptions options;
  options.model = tiny.model;
  options.input = input;
  options.memory = tiny.folder / "seen.memory";
  options.files.learn_input = true;
  options.run = o.run;
  Learned rows;
  options.on_chunk = [&](const FastlearnRow& row) { note(rows, row); };
  auto context = test::test_context();
  Report report;
  svg_fastlearn_session(options, context, report);
  return rows;
}

}  // namespace

CATCH_TEST_CASE("A batch over chunks in memory makes what svg-generate and svg-fastlearn make",
                "[learn]") {
  const Tiny tiny;
  GenerateOptions o;
  o.model = tiny.model;
  const auto first = at::linspace(-1, 1, 4 * 4 * 4 * 8).view({4, 4, 4, 8});
  o.input = tiny.stream({first});
  o.actions = tiny.actions;
  o.output = tiny.folder / "out.latents";
  o.memory = tiny.folder / "out.memory";
  o.run.settings["steps"] = 2;
  o.run.settings["fast"] = {{"rank", 2}, {"steps", 3}, {"lr", 5e-3}};
  o.files.salvage = true;
  auto context = test::test_context();
  Report report;
  svg_generate_session(o, context, report);

  auto pipeline = load_pipeline(tiny.model, at::kFloat, at::kCPU);
  auto settings = episode::run_settings_of(pipeline.files, o.run.settings);
  settings.seed = context.seed;
  episode::EpisodeBatch batch(pipeline, settings, {{.name = "maze/1"}});
  episode::BufferSource given("first frames");
  given.put({.header = {.episode = "maze/1", .frames = 4}, .latents = first});
  while (const auto chunk = given.next()) batch.append({*chunk}, false);
  episode::BufferSink made;
  Learned learned;
  for (const std::string text : {"turn left", "turn right"}) {
    const std::vector<episode::Action> actions = {{text, "", std::nullopt}};
    const auto next = batch.generate(actions);
    CATCH_CHECK(next.chunks.at(0).header.past == 4);
    made.write(next.chunks[0]);
    const auto chunk =
        batch.append(next.chunks, true, {.own = true, .sampling_sec = next.sampling_sec});
    CATCH_REQUIRE(chunk.size() == 1);
    note(learned, chunk[0]);
  }
  CATCH_CHECK(at::equal(
      at::cat(std::vector<at::Tensor>{made.chunks()[0].latents, made.chunks()[1].latents}),
      generated(o.output)));
  episode::StreamSource stream(o.output, pipeline.latent_space);
  stream.next();  // the first frames
  for (const auto& chunk : made.chunks()) {
    auto written = stream.next();
    CATCH_REQUIRE(written);
    written->header.memory.reset();  // that of the batch has no directory
    CATCH_CHECK(to_json(written->header) == to_json(chunk.header));
  }
  const auto memory = formats::Memory::open(o.memory);
  CATCH_REQUIRE(memory.log().size() == 2);
  for (size_t i = 0; i < 2; ++i) {
    CATCH_CHECK(learned[3 * i] == static_cast<double>(memory.log()[i].steps.value_or(0)));
    CATCH_CHECK(learned[3 * i + 2] == memory.log()[i].norm);
  }

  // As an observer would see it: everything is given, and learned but for the first chunk.
  episode::EpisodeBatch observed(pipeline, settings, {{.name = "maze/1"}});
  episode::BufferSource seen("environment");
  seen.put({.header = {.episode = "maze/1", .frames = 4}, .latents = first});
  for (const auto& chunk : made.chunks()) seen.put(chunk);
  Learned from_memory;
  while (const auto chunk = seen.next()) {
    for (const auto& l : observed.append({*chunk}, true)) note(from_memory, l);
  }
  CATCH_CHECK(from_memory.size() == 2 * 3);
  CATCH_CHECK(from_memory == fastlearn(tiny, o, o.output));
  CATCH_CHECK(from_memory == learned);
}

}  // namespace svg::session
