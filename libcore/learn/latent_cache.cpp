#include "libcore/learn/latent_cache.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "formats/base/atomic_file.h"
#include "formats/base/hash.h"
#include "formats/base/log.h"
#include "formats/latent_stream.h"
#include "formats/provenance.h"
#include "libcore/model/autoencoder_kl.h"
#include "libcore/tensor/pixels.h"
#include "libcore/tensor/runtime.h"

namespace svg::learn {

namespace fs = std::filesystem;

namespace {

std::map<std::string, std::vector<json>> chunks_by_episode(const std::string& path) {
  std::map<std::string, std::vector<json>> chunks;
  std::ifstream in(path);
  require(in.good(), ErrorKind::NoInput, path, ": cannot be read: expected a manifest directory");
  std::string line;
  for (int64_t number = 1; std::getline(in, line); ++number) {
    const auto where = cat(path, ":", number);
    auto chunk = parse_json(line, where);
    chunks[json_get<std::string>(chunk, "ep", where)].push_back(std::move(chunk));
  }
  return chunks;
}

at::Tensor read_frames(const std::string& directory, const json& episode, const std::string& where) {
  const auto n = json_get<int64_t>(episode, "n", where), h = json_get<int64_t>(episode, "h", where),
             w = json_get<int64_t>(episode, "w", where);
  const auto name = directory + "/" + json_get<std::string>(episode, "video", where);
  at::Tensor frames = at::empty({n, h, w, 3}, at::kByte);
  std::ifstream video(name, std::ios::binary);
  video.seekg(json_get_or<int64_t>(episode, "video_offset", 0, where));
  video.read(static_cast<char*>(frames.mutable_data_ptr()), static_cast<std::streamsize>(frames.nbytes()));
  require(video.good(), ErrorKind::Data, name, ": shorter than ", where, " says");
  return frames;
}

void encode_directory(const AutoencoderKL& vae, const std::string& fingerprint, const std::string& directory,
                      const std::string& output, const Context& context, at::Device device) {
  const auto chunks = chunks_by_episode(directory + "/chunks.jsonl");
  const std::string manifest = directory + "/episodes.jsonl";
  std::ifstream in(manifest);
  require(in.good(), ErrorKind::NoInput, manifest, ": cannot be read: expected a manifest directory");
  auto writer = formats::StreamWriter::create(output, formats::Durability::WhenFinished);
  std::string line;
  bool begun = false;
  for (int64_t number = 1; std::getline(in, line); ++number) {
    const auto where = cat(manifest, ":", number);
    const auto episode = parse_json(line, where);
    const auto id = json_get<std::string>(episode, "ep", where);
    const auto pixels = pixels_from_bytes(read_frames(directory, episode, where)).to(device);
    const auto latents = scale_latents(vae.config, encode(vae, pixels).mean).cpu().to(at::kHalf).contiguous();
    if (!begun) {
      writer.write({{"kind", "stream"}, {"format", "svg-latents/1"}, {"model", fingerprint}, {"channels", latents.size(1)},
                    {"height", latents.size(2)}, {"width", latents.size(3)}, {"fps", json_get_or<double>(episode, "fps", 8, where)},
                    {"scaling_factor", vae.config.scaling_factor},
                    {"provenance", formats::make_provenance(context.tool, {{"posterior", "mean"}}, 0,
                                                            {{"vae", fingerprint}, {"manifest", "sha256:" + sha256_hex_of_file(manifest)}})}});
      begun = true;
    }
    const auto found = chunks.find(id);
    require(found != chunks.end(), ErrorKind::Data, where, ": episode ", id, " has no chunk in chunks.jsonl");
    int64_t index = 0;
    for (const auto& chunk : found->second) {
      const auto out = json_get<std::vector<int64_t>>(chunk, "out", directory + "/chunks.jsonl");
      require(out.size() == 2 && 0 <= out[0] && out[0] < out[1] && out[1] <= latents.size(0), ErrorKind::Data, directory,
              "/chunks.jsonl: episode ", id, ": \"out\" is no range of its frames");
      const auto part = latents.narrow(0, out[0], out[1] - out[0]).contiguous();
      writer.write({{"kind", "chunk"}, {"episode", id}, {"index", index}, {"role", index == 0 ? "input" : "truth"},
                    {"action", json_get_or<std::string>(chunk, "text", "", directory + "/chunks.jsonl")},
                    {"frames", part.size(0)}, {"past", 0}, {"memory", nullptr}, {"seed", 0}},
                   {view_of("latents", part)});
      ++index;
    }
  }
  require(begun, ErrorKind::NoInput, manifest, ": holds no episode");
  writer.finish();
}

}  // namespace

std::vector<std::string> encoded_data(const ModelFiles& model, const std::vector<std::string>& data,
                                      const std::string& folder, Context& context) {
  std::vector<std::string> streams;
  std::optional<AutoencoderKL> vae;
  std::string fingerprint;
  const auto device = at::Device(context.device);
  for (const auto& entry : data) {
    require(fs::exists(entry), ErrorKind::NoInput, entry, ": no such manifest directory or latent stream");
    if (!fs::is_directory(entry)) {
      streams.push_back(entry);
      continue;
    }
    if (fingerprint.empty()) fingerprint = model.fingerprint("vae", "diffusion_pytorch_model");
    const auto digest = sha256_hex(as_bytes_of(fingerprint + sha256_hex_of_file(entry + "/episodes.jsonl")));
    const auto path = folder + "/" + digest.substr(0, 16) + ".latents";
    streams.push_back(path);
    if (fs::exists(path)) continue;
    if (!vae) {
      auto parameters = model.parameters("vae", "diffusion_pytorch_model", at::kFloat, device);
      vae = make_autoencoder_kl(parameters, autoencoder_kl_config(model.component_config("vae"), model.directory() + "/vae/config.json"));
      parameters.finish();
    }
    make_directories(folder);
    log_info(cat("encoding ", entry, " once"));
    at::NoGradGuard no_grad;
    encode_directory(*vae, fingerprint, entry, path, context, device);
  }
  return streams;
}

}  // namespace svg::learn
