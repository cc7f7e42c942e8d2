// Makes formats/vectors: small files that every reader must take (valid/, with the facts that it
// must find) or refuse (invalid/, with a part of the message that ours gives). Usage: make_vectors
// FOLDER
#include <cstdio>
#include <filesystem>
#include <functional>
#include <limits>

#include "formats/inspect.h"
#include "formats/memory/memory.h"
#include "formats/provenance.h"
#include "formats/store/loop_store.h"
#include "formats/stream/seal.h"
#include "libcore/base/atomic_file.h"
#include "test/support/small_files.h"

using namespace svg;
using namespace svg::formats;
using test::chunk_header;
using test::ramp;
namespace fs = std::filesystem;

namespace {

// What a real tool would say of itself.
ordered_json made_by() {
  return make_provenance("svg-encode", {{"frames", 4}}, 7, {{"model", "xxh128:0123"}});
}
ordered_json stream_header(int channels = 2, int height = 2, int width = 3) {
  ordered_json header = test::stream_header(channels, height, width);
  header["provenance"] = made_by();
  return header;
}

std::string record(const ordered_json& header, const std::vector<TensorView>& tensors = {}) {
  return test::text_of(encode_record(header, tensors));
}

ordered_json changed(ordered_json header, const std::string& key, ordered_json value) {
  header[key] = std::move(value);
  return header;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  size_t at = text.find(from);
  if (at == std::string::npos)
    throw Error(ErrorKind::Internal, "make_vectors: nothing to replace: " + from);
  return text.replace(at, from.size(), to);
}

// The records with their `end`.
std::string ended(const std::string& records, int chunks, int frames) {
  return records + record({{"kind", "end"},
                           {"chunks", chunks},
                           {"frames", frames},
                           {"hash", "sha256:" + sha256_hex(as_bytes_of(records))}});
}

// A tensor of 16-bit floats 1, 2, 4 ... 2^11: exponents only, so both types are easy to write down.
struct Halves {
  std::vector<uint16_t> values;
  DType dtype;
  explicit Halves(DType type) : dtype(type) {
    for (int i = 0; i < 12; ++i)
      values.push_back(static_cast<uint16_t>(type == DType::F16 ? (15 + i) << 10 : (127 + i) << 7));
  }
  TensorView view() const {
    return {"latents", dtype, {1, 2, 2, 3}, std::as_bytes(std::span(values))};
  }
};

std::string walk() {
  auto input = ramp("latents", {2, 2, 2, 3}), made = ramp("latents", {1, 2, 2, 3}, -3);
  std::string text = record(stream_header());
  text += record(chunk_header(0, 2, "input"), {input.view()});
  ordered_json second =
      changed(changed(chunk_header(1, 1), "memory", 1), "action_inverse", "turn right 45 degrees");
  text += record(second, {made.view()});
  text += record(changed(chunk_header(2, 1), "memory", 2), {made.view()});
  return ended(text, 3, 4);
}

void valid_streams(const std::string& dir) {
  test::put_bytes(dir + "0001_empty.latents", ended(record(stream_header()), 0, 0));
  test::put_bytes(dir + "0002_walk.latents", walk());
  test::put_bytes(
      dir + "0003_halves.latents",
      ended(record(stream_header()) + record(chunk_header(0, 1), {Halves(DType::F16).view()}) +
                record(chunk_header(1, 1, "truth"), {Halves(DType::BF16).view()}),
            2, 2));
  test::put_bytes(dir + "0004_two_streams.latents",
                  walk() + ended(record(stream_header(1, 1, 1)), 0, 0));
  auto noise = ramp("noise", {3, 1, 2, 2, 3}), steps = ramp("timesteps", {3}, 10);
  test::put_bytes(dir + "0005_draws.latents",
                  ended(record(stream_header()) +
                            record({{"kind", "draws"}, {"episode", "maze/1"}, {"index", 0}},
                                   {noise.view(), steps.view()}),
                        0, 0));
  std::string data = record({{"kind", "draws"}}, {noise.view()});
  data = data.substr(data.find(std::string("\x28\xB5\x2F\xFD", 4)));
  test::put_bytes(dir + "0006_optional_kinds.latents",
                  ended(record(stream_header()) + record({{"kind", "sound"}, {"optional", true}}) +
                            data + record({{"kind", "note"}, {"optional", true}}),
                        0, 0));
}

void invalid_streams(
    const std::function<void(const std::string&, const std::string&, const std::string&)>& put) {
  std::string whole = walk(), head = record(stream_header());
  auto latents = ramp("latents", {1, 2, 2, 3}), nan = latents, wide = ramp("latents", {1, 2, 2, 4});
  nan.values[7] = std::numeric_limits<float>::quiet_NaN();
  put("0001_no_end.latents", whole.substr(0, whole.rfind("{\"kind\":\"end\"") - 8), "cut off");
  put("0002_torn_record.latents", whole.substr(0, whole.size() / 2), "cut off");
  put("0003_nothing.latents", "", "cut off");
  put("0004_bad_magic.latents", whole + std::string(40, 'x'), "magic");
  put("0005_header_changed.latents", replaced(whole, "turn left 45", "turn left 54"),
      "check does not match");
  put("0006_header_unsealed.latents", replaced(whole, "\"check\":", "\"chekc\":"),
      "does not end in a \"check\"");
  std::string flipped = whole;
  size_t frame = flipped.find(std::string("\x28\xB5\x2F\xFD", 4));
  flipped[frame + 90] = static_cast<char>(flipped[frame + 90] ^ 0x10);
  put("0007_data_changed.latents", flipped, "damaged");
  put("0008_newer_version.latents",
      ended(record(changed(stream_header(), "format", "svg-latents/2")), 0, 0), "svg-latents/2");
  put("0009_unknown_kind.latents", ended(head + record({{"kind", "sound"}}), 0, 0),
      "unknown record kind \"sound\"");
  put("0010_wrong_shape.latents", ended(head + record(chunk_header(0, 1), {wide.view()}), 1, 1),
      "the headers promise [1,2,2,3]");
  put("0011_nan.latents", ended(head + record(chunk_header(0, 1), {nan.view()}), 1, 1),
      "NaN or an infinity at [0,1,0,1]");
  put("0012_wrong_count.latents", ended(head + record(chunk_header(0, 1), {latents.view()}), 2, 1),
      "counts 2 chunks");
  put("0013_wrong_hash.latents",
      head + record({{"kind", "end"}, {"chunks", 0}, {"frames", 0}, {"hash", "sha256:00"}}),
      "hash of the end record");
  put("0014_chunk_first.latents", record(chunk_header(0, 1), {latents.view()}),
      "outside of stream");
  put("0015_header_too_long.latents", std::string("\x5E\x2A\x4D\x18\xFF\xFF\xFF\x7F", 8) + "{}",
      "the limit is");
  put("0016_role.latents",
      ended(head + record(changed(chunk_header(0, 1), "role", "dreamt"), {latents.view()}), 1, 1),
      "role \"dreamt\"");
  std::string one = record(chunk_header(0, 1), {latents.view()}),
              two = record(chunk_header(1, 1), {latents.view()});
  put("0017_chunk_twice.latents", ended(head + one + two + one, 3, 3),
      "chunk 0 of episode \"maze/1\" is there twice");
}

std::string raw_safetensors(const std::string& header, size_t data) {
  std::string text(8, '\0');
  for (int i = 0; i < 8; ++i) text[i] = static_cast<char>(header.size() >> (8 * i));
  return text + header + std::string(data, '\0');
}

void valid_tensors(const std::string& dir) {
  auto a = ramp("a", {2, 3}), scalar = ramp("scalar", {}), none = ramp("none", {0, 4});
  test::put_bytes(dir + "0101_plain.safetensors",
                  test::text_of(encode_safetensors({a.view(), none.view(), scalar.view()},
                                                   {{"format", "pt"}})));
  write_safetensors(dir + "0102_digest.safetensors", {a.view(), scalar.view()}, {});
  std::string path = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q",
              flat = "lora_unet_down_blocks_0_attentions_0_proj_in";
  auto down = ramp("a", {2, 4}), up = ramp("b", {3, 2}, 1);
  LoraInfo info{
      .rank = 2, .alpha = 2, .base = "xxh128:00ff", .targets = {"to_q"}, .provenance = made_by()};
  write_lora_delta(dir + "0201_delta.safetensors", info, {{path, down.view(), up.view(), 2}});
  auto foreign = [&](const std::string& file, const std::string& a_name, const std::string& b_name,
                     const std::string& alpha_name) {
    std::vector<test::OwnedTensor> tensors;
    tensors.push_back({a_name, {2, 4}, down.values});
    tensors.push_back({b_name, {3, 2}, up.values});
    if (!alpha_name.empty()) tensors.push_back({alpha_name, {}, {0.5f}});
    std::vector<TensorView> views;
    for (const auto& tensor : tensors) views.push_back(tensor.view());
    test::put_bytes(dir + file, test::text_of(encode_safetensors(views, {})));
  };
  foreign("0202_kohya.safetensors", flat + ".lora_down.weight", flat + ".lora_up.weight",
          flat + ".alpha");
  foreign("0203_diffusers.safetensors", "unet." + path + ".lora.down.weight",
          "unet." + path + ".lora.up.weight", "");
  std::string types = R"({"__metadata__":null)";
  size_t offset = 0;
  for (const auto& [name, bytes] : std::vector<std::pair<std::string, size_t>>{{"U16", 4},
                                                                               {"U32", 8},
                                                                               {"U64", 16},
                                                                               {"C64", 16},
                                                                               {"F8_E4M3", 2},
                                                                               {"F8_E5M2", 2},
                                                                               {"F8_E8M0", 2},
                                                                               {"F8_E4M3FNUZ", 2},
                                                                               {"F8_E5M2FNUZ", 2},
                                                                               {"F4", 1}}) {
    types += cat(",\"", name, "\":{\"dtype\":\"", name, "\",\"shape\":[2],\"data_offsets\":[",
                 offset, ",", offset + bytes, "]}");
    offset += bytes;
  }
  types += cat(R"(,"F6_E2M3":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[)", offset, ",",
               offset + 3, R"(]},"F6_E3M2":{"dtype":"F6_E3M2","shape":[4],"data_offsets":[)",
               offset + 3, ",", offset + 6, "]}}\n");
  test::put_bytes(dir + "0103_types.safetensors", raw_safetensors(types, offset + 6));
  const int64_t whole = 8;
  const std::vector<test::OwnedTensor> pair{{"m.lora_A.weight", {2, 4}, down.values},
                                            {"m.lora_B.weight", {3, 2}, up.values}};
  const TensorView alpha{"m.alpha", DType::I64, {}, std::as_bytes(std::span(&whole, 1))};
  test::put_bytes(dir + "0204_whole_alpha.safetensors",
                  test::text_of(encode_safetensors({alpha, pair[0].view(), pair[1].view()}, {})));
  test::put_bytes(
      dir + "0205_alpha_in_metadata.safetensors",
      test::text_of(encode_safetensors({pair[0].view(), pair[1].view()},
                                       {{"format", "pt"}, {"lora_alpha", "8"}, {"r", "2"}})));
  const std::string ldm = "lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q";
  const test::OwnedTensor others[] = {test::ramp(ldm + ".lora_down.weight", {2, 4}),
                                      test::ramp(ldm + ".lora_up.weight", {3, 2}),
                                      test::ramp("lora_te_text_model_q.lora_down.weight", {2, 4}),
                                      test::ramp("lora_te_text_model_q.lora_up.weight", {3, 2})};
  test::put_bytes(
      dir + "0206_ldm_with_text_encoder.safetensors",
      test::text_of(encode_safetensors(
          {others[0].view(), others[1].view(), others[2].view(), others[3].view()}, {})));
}

void invalid_tensors(
    const std::function<void(const std::string&, const std::string&, const std::string&)>& put) {
  put("0101_hole.safetensors",
      raw_safetensors(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})", 4),
      "a hole or an overlap");
  put("0102_overlap.safetensors",
      raw_safetensors(
          R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
          3),
      "overlap");
  put("0103_trailing.safetensors",
      raw_safetensors(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 5),
      "follow the last tensor");
  put("0104_shape.safetensors",
      raw_safetensors(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4),
      "do not give the 4 bytes");
  put("0105_dtype.safetensors",
      raw_safetensors(R"({"a":{"dtype":"F7","shape":[2],"data_offsets":[0,2]}})", 2),
      "unknown dtype");
  put("0106_header_length.safetensors", replaced(raw_safetensors("{}", 0), "\x02", "\x7F"),
      "the header claims 127 bytes");
  put("0107_twice.safetensors",
      raw_safetensors(
          R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
          1),
      "stands twice");
  auto a = ramp("a", {2});
  std::string good = test::text_of(encode_safetensors(
      {a.view()}, {{"svg.digest", std::string(32, '0')}, {"svg.digest_version", "1"}}));
  put("0108_digest.safetensors", good, "digest in the metadata does not match");
  put("0109_digest_half.safetensors", replaced(good, "svg.digest_version", "svg.digest_wersion"),
      "names only one of");
  put("0110_nul_padding.safetensors",
      raw_safetensors(
          R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})" + std::string(3, '\0'), 2),
      "a NUL");
  auto empty_a = ramp("m.lora_A.weight", {2, 0}), empty_b = ramp("m.lora_B.weight", {0, 2});
  put("0204_empty_pair.safetensors",
      test::text_of(encode_safetensors({empty_a.view(), empty_b.view()}, {})), "A or B is empty");
  auto lone = ramp("base_model.model.m.lora_A.weight", {2, 4}),
       b = ramp("base_model.model.m.lora_B.weight", {3, 2}), other = ramp("m.weight", {2});
  put("0201_no_b.safetensors", test::text_of(encode_safetensors({lone.view()}, {})),
      "module m has no B");
  put("0202_foreign_key.safetensors",
      test::text_of(encode_safetensors({lone.view(), b.view(), other.view()}, {})),
      "not a LoRA key");
  put("0203_newer_version.safetensors",
      test::text_of(encode_safetensors({lone.view(), b.view()},
                                       {{"svg.format", "svg-lora/2"}, {"svg.rank", "2"}})),
      "svg-lora/2");
}

void make_memory(const std::string& path, const std::string& keep,
                 const std::string& base = "xxh128:00ff") {
  MemoryInfo info;
  info.lora = {.rank = 1, .alpha = 1, .base = base, .targets = {"to_q"}, .provenance = made_by()};
  info.optimizer = {{"name", "adam"}, {"lr", 0.0001}};
  info.keep = KeepPolicy::parse(keep);
  Memory memory = Memory::create(path, info);
  for (int64_t chunk = 0; chunk < 3; ++chunk) {
    float start = static_cast<float>(chunk);
    auto a = ramp("a", {1, 3}, start), b = ramp("b", {2, 1}, start), m = ramp("m", {5}, start);
    Revision revision{.parent = memory.head(),
                      .episode = "maze/1",
                      .chunk = chunk,
                      .action = "turn left 45 degrees",
                      .loss_before = 0.5,
                      .loss_after = 0.25,
                      .norm = start};
    memory.append(revision, {{"mid_block.attentions.0.proj_in", a.view(), b.view(), 1}}, {m.view()},
                  made_by());
  }
}

// A branch that is HEAD, a revision forgotten before it, one without files, and a memory that was
// not learned.
void make_history(const std::string& path) {
  make_memory(path, "every:2");
  Memory memory = Memory::open_for_writing(path);
  auto a = ramp("a", {1, 3}), b = ramp("b", {2, 1});
  Revision revision;
  revision.parent = 2;
  memory.append(revision, {{"mid_block.attentions.0.proj_in", a.view(), b.view(), 1}}, {},
                made_by());
  revision.parent = 4;
  memory.append(revision, {{"mid_block.attentions.0.proj_in", a.view(), b.view(), 1}}, {},
                made_by());
  memory.forget(4, 4);
}

const char* kIndex =
    R"({"_class_name":"TextToVideoSDPipeline","scheduler":["diffusers","DDIMScheduler"],"unet":["diffusers","UNet3DConditionModel"]})";

void make_model(const std::string& path) {
  make_directories(path + "/unet");
  make_directories(path + "/scheduler");
  auto a = ramp("a", {2, 3}), b = ramp("b", {2});
  test::put_bytes(path + "/model_index.json", kIndex);
  test::put_bytes(path + "/svg.json", R"({"past":4,"future":4})");
  test::put_bytes(path + "/scheduler/scheduler_config.json", R"({"beta_end":0.012})");
  test::put_bytes(path + "/unet/config.json", R"({"layers_per_block":1})");
  write_safetensors(path + "/unet/w-1.safetensors", {a.view()}, {});
  write_safetensors(path + "/unet/w-2.safetensors", {b.view()}, {});
  test::put_bytes(path + "/unet/diffusion_pytorch_model.safetensors.index.json",
                  R"({"weight_map":{"a":"w-1.safetensors","b":"w-2.safetensors"}})");
}

void make_manifest(const std::string& path) {
  make_directories(path);
  std::string video(3 * 4 * 2 * 2, 'v');
  test::put_bytes(path + "/v.rgb", video);
  ordered_json episode{{"ep", "maze/1"},
                       {"domain", "maze"},
                       {"split", "test"},
                       {"video", "v.rgb"},
                       {"sha256", sha256_hex(as_bytes_of(video))},
                       {"fps", 10},
                       {"n", 4},
                       {"h", 2},
                       {"w", 2},
                       {"seed", {{"geometry", 7}, {"appearance", 9}, {"path", 1}}},
                       {"gen", "test"}};
  test::put_bytes(path + "/episodes.jsonl", episode.dump() + "\n");
  ordered_json chunk{{"ep", "maze/1"},      {"k", 1},
                     {"in", {0, 2}},        {"out", {2, 4}},
                     {"text", "turn left"}, {"text_inverse", "turn right"}};
  test::put_bytes(path + "/chunks.jsonl", chunk.dump() + "\n");
  ordered_json task{{"task", "retrace"},
                    {"ep", "maze/1"},
                    {"goal_text", "go back"},
                    {"ctx", {0, 4}},
                    {"waypoints", {{0.5, 1.5}}}};
  ordered_json revisit{{"task", "revisit"},
                       {"ep", "maze/1"},
                       {"goal_text", "come back"},
                       {"ctx", {0, 2}},
                       {"script", "spin"}};
  test::put_bytes(path + "/tasks.jsonl", task.dump() + "\n" + revisit.dump() + "\n");
}

// Two episodes of three chunks, one in each part.
void make_store(const std::string& path) {
  StoreInfo info{.base = "xxh128:00ff",
                 .vae = "xxh128:0123",
                 .kind = StoreKind::Theta,
                 .rank = 1,
                 .alpha = 1,
                 .past = 1,
                 .fast = {{"steps", 4}},
                 .seed = 7,
                 .episodes = 2,
                 .provenance = made_by()};
  const LoopStore store = LoopStore::begin(path, info);
  for (int64_t number = 0; number < 2; ++number) {
    const std::string name = cat("maze/", number + 1);
    MemoryInfo memory_info;
    memory_info.lora = {
        .rank = 1, .alpha = 1, .base = info.base, .targets = {"proj"}, .provenance = made_by()};
    memory_info.optimizer = info.fast;
    Memory memory = Memory::create(store.memory_path(number), memory_info);
    auto a = ramp("a", {1, 3}), b = ramp("b", {2, 1}, static_cast<float>(number));
    memory.append({.episode = name, .chunk = 1, .action = "turn left 45 degrees", .steps = 4},
                  {{"mid_block.attentions.0.proj_in", a.view(), b.view(), 1}}, {}, made_by());
    std::string text = record(stream_header());
    auto latents = ramp("latents", {1, 2, 2, 3}, static_cast<float>(number));
    for (int chunk = 0; chunk < 3; ++chunk) {
      auto header = changed(chunk_header(chunk, 1, "truth"), "episode", name);
      if (chunk > 0) header["memory"] = chunk - 1;
      text += record(header, {latents.view()});
    }
    test::put_bytes(store.stream_path(number), ended(text, 3, 3));
    store.finish({number, 2}, {store.describe(number)});
  }
}

void valid_folders(const std::string& dir) {
  make_memory(dir + "0301_walk.memory", "all");
  make_memory(dir + "0302_last.memory", "last");
  make_history(dir + "0303_history.memory");
  make_model(dir + "0401_tiny.model");
  make_manifest(dir + "0501_walk.manifest");
  make_store(dir + "0601_pairs.store");
}

void invalid_folders(const std::string& dir) {
  auto spoil = [&](const std::string& name, const std::string& error,
                   const std::function<void(const std::string&)>& make) {
    make(dir + name);
    test::put_bytes(dir + name + ".error", error + "\n");
  };
  auto edit = [](const std::string& file, const std::string& from, const std::string& to) {
    test::put_bytes(file, replaced(read_file(file), from, to));
  };
  spoil("0301_log_changed.memory", "log.jsonl:2: the check does not match",
        [&](const std::string& m) {
          make_memory(m, "all");
          edit(m + "/log.jsonl", "\"chunk\":1", "\"chunk\":9");
        });
  spoil("0302_head_ahead.memory", "revision 4 is not in the log", [&](const std::string& m) {
    make_memory(m, "last");
    test::put_bytes(m + "/HEAD", sealed({{"revision", 4}}, m) + "\n");
  });
  spoil("0303_missing_revision.memory", "3.safetensors: not there", [&](const std::string& m) {
    make_memory(m, "last");
    fs::remove(m + "/rev/3.safetensors");
  });
  spoil("0304_other_delta.memory", "2.safetensors: its SHA-256", [&](const std::string& m) {
    make_memory(m, "last");
    fs::copy_file(m + "/rev/3.safetensors", m + "/rev/2.safetensors",
                  fs::copy_options::overwrite_existing);
  });
  spoil("0401_index.model", "expected [library, class]", [&](const std::string& m) {
    make_model(m);
    edit(m + "/model_index.json", "\"diffusers\",\"UNet3DConditionModel\"", "\"diffusers\"");
  });
  spoil("0402_shard.model", "tensor b is not in the index", [&](const std::string& m) {
    make_model(m);
    edit(m + "/unet/diffusion_pytorch_model.safetensors.index.json", "\"b\"", "\"c\"");
  });
  spoil("0501_range.manifest", "chunks.jsonl:1: \"out\" is [2,5)", [&](const std::string& m) {
    make_manifest(m);
    edit(m + "/chunks.jsonl", "[2,4]", "[2,5]");
  });
  spoil("0503_sizes.manifest", "\"h\" is 4294967296", [&](const std::string& m) {
    make_manifest(m);
    edit(m + "/episodes.jsonl", "\"h\":2", "\"h\":4294967296");
  });
  spoil("0504_nothing_left.manifest", "gives the first frames, and not all",
        [&](const std::string& m) {
          make_manifest(m);
          edit(m + "/tasks.jsonl", "[0,2]", "[0,4]");
        });
  spoil("0403_outside.model", "no name of a folder", [&](const std::string& m) {
    make_model(m);
    edit(m + "/model_index.json", "\"unet\"", "\"..\"");
  });
  spoil("0601_part.store", "shard 1/2 is not finished", [&](const std::string& m) {
    make_store(m);
    fs::remove(m + "/index-1-of-2.json");
  });
  spoil("0602_stream.store", "episode = \"maze/2\", now \"maze/1\"", [&](const std::string& m) {
    make_store(m);
    fs::copy_file(m + "/episodes/000000.latents", m + "/episodes/000001.latents",
                  fs::copy_options::overwrite_existing);
  });
  spoil("0603_revision.store", "revision 1, which chunk 2 names, is not there",
        [&](const std::string& m) {
          make_store(m);
          fs::remove_all(m + "/episodes/000001.memory");
          Memory::create(m + "/episodes/000001.memory",
                         Memory::open(m + "/episodes/000000.memory").info());
          const auto store = LoopStore::begin(m, LoopStore::open(m).info());
          store.finish({1, 2}, {store.describe(1)});
        });
  spoil("0604_settings.store", "store.json: the check does not match", [&](const std::string& m) {
    make_store(m);
    edit(m + "/store.json", "\"past\":1", "\"past\":2");
  });
  spoil("0502_video.manifest", "v.rgb: 47 bytes", [&](const std::string& m) {
    make_manifest(m);
    test::put_bytes(m + "/v.rgb", std::string(47, 'v'));
  });
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) return 64;
  std::string valid = std::string(argv[1]) + "/valid/",
              invalid = std::string(argv[1]) + "/invalid/";
  for (const std::string& dir : {valid, invalid}) {
    fs::remove_all(dir);
    make_directories(dir);
  }
  valid_streams(valid);
  valid_tensors(valid);
  valid_folders(valid);
  std::vector<std::string> made;
  for (const auto& entry : fs::directory_iterator(valid)) made.push_back(entry.path());
  for (const std::string& path : made)
    test::put_bytes(path + ".json", inspect(path, true).facts.dump(1) + "\n");

  auto put = [&](const std::string& name, const std::string& bytes, const std::string& error) {
    test::put_bytes(invalid + name, bytes);
    test::put_bytes(invalid + name + ".error", error + "\n");
  };
  invalid_streams(put);
  invalid_tensors(put);
  invalid_folders(invalid);
  return 0;
} catch (const Error& e) {
  std::fprintf(stderr, "make_vectors: %s\n", e.what());
  return e.exit_code();
}
