#include "libcore/plan/idm_data.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <set>

#include "formats/data/manifest.h"
#include "formats/data/side_file.h"
#include "formats/stream/latent_stream.h"
#include "libcore/base/error.h"
#include "libcore/model/latent_space.h"
#include "libcore/tensor/parameters.h"
#include "libcore/tensor/pixels.h"
#include "libcore/video/chunk_source.h"

namespace svg::plan {
namespace {

using formats::EpisodeRow;
using formats::Manifest;

std::vector<std::string> act_fields_of(const EpisodeRow& row, const std::string& where) {
  return json_get<std::vector<std::string>>(row.doc, "act_fields", where);
}

at::Tensor read_acts(const Manifest& manifest, const EpisodeRow& row, int64_t fields) {
  const auto rows = formats::read_rows(manifest, row, "act", static_cast<size_t>(fields));
  return at::tensor(rows, at::kFloat).view({row.frames(), fields});
}

at::Tensor pictures_of(const std::vector<video::Image>& images) {
  std::vector<uint8_t> bytes;
  for (const video::Image& image : images)
    bytes.insert(bytes.end(), image.rgb.begin(), image.rgb.end());
  return pictures_from_rgb(bytes, images[0].height, images[0].width);
}

class TextActions {
 public:
  void add(const std::string& text, const at::Tensor& act) {
    const std::vector<float> values(act.const_data_ptr<float>(),
                                    act.const_data_ptr<float>() + act.numel());
    const auto [known, is_new] = acts_.try_emplace(text, values);
    if (!is_new && known->second != values) differ_.insert(text);
  }
  std::map<std::string, std::vector<float>> of_one_action() const {
    auto out = acts_;
    for (const std::string& text : differ_) out.erase(text);
    return out;
  }

 private:
  std::map<std::string, std::vector<float>> acts_;
  std::set<std::string> differ_;
};

}  // namespace

IdmRecordings read_recordings(const std::vector<std::string>& manifests) {
  IdmRecordings out;
  TextActions texts;
  for (const std::string& folder : manifests) {
    const auto manifest = std::make_shared<const Manifest>(Manifest::read(folder));
    for (const EpisodeRow& row : manifest->episodes) {
      const std::string where = cat(folder, "/episodes.jsonl: episode ", row.ep());
      const auto fields = act_fields_of(row, where);
      if (out.fields.empty()) out.fields = fields;
      require(fields == out.fields && !fields.empty(), ErrorKind::Config, where,
              ": its act_fields are others than those of the first episode");
      IdmEpisode e{.name = row.ep(), .frames = {}, .coded = {}, .acts = {}};
      e.acts = read_acts(*manifest, row, static_cast<int64_t>(fields.size()));
      const auto source = video::open_manifest_chunks(
          manifest, video::SourceOptions{video::ReaderOptions{}, 16, row.ep()});
      std::vector<video::Image> images;
      const auto chunks = manifest->chunks_of(row.ep());
      while (auto chunk = source->next()) {
        const auto range = chunks[static_cast<size_t>(chunk->index)]->out();
        require(range.begin == static_cast<int64_t>(images.size()), ErrorKind::Data, folder,
                "/chunks.jsonl: episode ", row.ep(), ": chunk ", chunk->index, " begins at frame ",
                range.begin, ", expected ", images.size());
        for (auto& image : chunk->frames) images.push_back(std::move(image));
        texts.add(chunk->action, e.acts[range.end - 1].contiguous());
      }
      e.frames = pictures_of(images);
      e.acts = e.acts.narrow(0, 0, e.frames.size(0));
      require(out.episodes.empty() ||
                  e.frames.sizes().slice(1) == out.episodes[0].frames.sizes().slice(1),
              ErrorKind::Config, where, ": its frames are of another size than the first's");
      out.episodes.push_back(std::move(e));
    }
  }
  require(!out.episodes.empty(), ErrorKind::NoInput, "no episode in the training data");
  out.acts_of_text = texts.of_one_action();
  return out;
}

void add_coded(IdmRecordings& recordings, const LatentCodec& codec) {
  for (IdmEpisode& e : recordings.episodes)
    e.coded =
        pictures_of(decode_images(codec, encode_images(codec, images_of(e.frames), std::nullopt)));
}

std::vector<IdmEpisode> read_generated(const std::vector<std::string>& streams,
                                       const LatentCodec& codec, const IdmRecordings& recordings,
                                       int64_t& unknown) {
  const LatentSpace space{"the autoencoder of --vae", codec.fingerprint,
                          codec.vae.config.latent_channels, codec.vae.config.scaling_factor};
  std::vector<IdmEpisode> out;
  for (const std::string& path : streams) {
    auto reader = formats::StreamReader::open(path);
    std::string episode;
    std::vector<video::Image> images;
    std::vector<at::Tensor> acts;
    int64_t generated = 0;
    const auto finish = [&] {
      if (generated > 0) {
        IdmEpisode e{.name = episode, .frames = pictures_of(images), .coded = {}, .acts = {}};
        e.acts = at::stack(acts);
        require(e.frames.sizes().slice(1) == recordings.episodes[0].frames.sizes().slice(1),
                ErrorKind::Config, path, ": frames are of another size than those of --data");
        out.push_back(std::move(e));
      }
      images.clear();
      acts.clear();
      generated = 0;
    };
    while (auto record = reader.next()) {
      if (record->kind() == formats::RecordKind::Stream)
        check_stream_fits(record->stream(), reader.name(), space);
      if (record->kind() != formats::RecordKind::Chunk) continue;
      const auto& header = record->chunk();
      if (header.episode != episode) finish();
      episode = header.episode;
      const auto act = recordings.acts_of_text.find(header.action);
      if (act == recordings.acts_of_text.end()) {
        ++unknown;
        finish();  // what follows is an episode of its own
        continue;
      }
      const auto blob = record->tensors();
      for (auto& image : decode_images(codec, tensor_of(*blob.find("latents")).to(at::kFloat))) {
        images.push_back(std::move(image));
        acts.push_back(at::tensor(act->second, at::kFloat));
      }
      generated += header.role == formats::Role::Generated;
    }
    finish();
  }
  return out;
}

}  // namespace svg::plan
