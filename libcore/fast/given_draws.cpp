#include "libcore/fast/given_draws.h"

#include <ATen/ATen.h>

#include "formats/stream/latent_stream.h"
#include "libcore/tensor/parameters.h"

namespace svg::fast {

std::map<int64_t, ChunkDraws> read_draws(const std::string& path) {
  std::map<int64_t, ChunkDraws> all;
  auto reader = formats::StreamReader::open(path);
  while (auto record = reader.next()) {
    if (record->kind() != formats::RecordKind::Draws) continue;
    auto& draws = all[record->draws().index];
    const auto tensors = record->tensors();
    const auto* noise = tensors.find("noise");
    require(noise, ErrorKind::Data, path, ": a draws record holds no tensor \"noise\"");
    if (const auto* timesteps = tensors.find("timesteps")) {
      draws.learning =
          GivenDraws{tensor_of(*noise).to(at::kFloat), tensor_of(*timesteps).to(at::kLong)};
      require(draws.learning->noise.dim() == 5 &&
                  draws.learning->noise.size(0) == draws.learning->timesteps.numel(),
              ErrorKind::Data, path,
              ": draws for learning need noise [K, F, C, h, w] and timesteps [K]");
    } else {
      draws.noise = tensor_of(*noise).to(at::kFloat).unsqueeze(0);
      if (const auto* steps = tensors.find("step_noise"))
        draws.step_noise = tensor_of(*steps).to(at::kFloat).unsqueeze(1);
    }
  }
  require(!reader.cut_off(), ErrorKind::Data, path, ": cut off");
  return all;
}

}  // namespace svg::fast
