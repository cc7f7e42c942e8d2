#include "libcore/model/vae_tiling.h"

#include <ATen/ATen.h>

#include <functional>

#include "libcore/base/error.h"

namespace svg {

namespace {

// Sides in units of the input and of the output of what is done in tiles.
struct Tiling {
  int64_t tile, step;  // of the input
  int64_t keep,
      blend;  // of the output: what a tile gives, and how much of it is blended with its neighbour
};

// `from` (above or to the left) fades into the first rows or columns of `into`, in place.
void fade(const at::Tensor& from, at::Tensor& into, int64_t axis, int64_t extent) {
  const int64_t n = std::min({from.size(axis), into.size(axis), extent});
  std::vector<int64_t> shape(4, 1);
  shape[static_cast<size_t>(axis)] = n;
  const at::Tensor share =
      (at::arange(n, into.options().dtype(at::kFloat)) / n).view(shape).to(into.scalar_type());
  at::Tensor edge = into.narrow(axis, 0, n);
  edge.copy_(from.narrow(axis, from.size(axis) - n, n) * (1 - share) + edge * share);
}

at::Tensor in_tiles(const at::Tensor& x, const Tiling& t,
                    const std::function<at::Tensor(const at::Tensor&)>& f) {
  std::vector<at::Tensor> rows, above;
  for (int64_t i = 0; i < x.size(2); i += t.step) {
    std::vector<at::Tensor> row, kept;
    for (int64_t j = 0; j < x.size(3); j += t.step) {
      at::Tensor part = f(x.slice(2, i, i + t.tile).slice(3, j, j + t.tile));
      if (!above.empty()) fade(above[row.size()], part, 2, t.blend);
      if (!row.empty()) fade(row.back(), part, 3, t.blend);
      kept.push_back(part.slice(2, 0, t.keep).slice(3, 0, t.keep));
      row.push_back(part);
    }
    rows.push_back(at::cat(kept, 3));
    above = std::move(row);
  }
  return at::cat(rows, 2);
}

}  // namespace

void check_tile(const AutoencoderKL& vae, int64_t tile) {
  const int64_t unit = 4 * reduction_of(vae.config);
  require(tile > 0 && tile % unit == 0, ErrorKind::Usage, "--vae-tile ", tile,
          ": expected a multiple of ", unit, " for this model");
}

Posterior encode_tiled(const AutoencoderKL& vae, const at::Tensor& pixels, int64_t tile) {
  check_tile(vae, tile);
  if (pixels.size(2) <= tile && pixels.size(3) <= tile) return encode(vae, pixels);
  const int64_t latents = tile / reduction_of(vae.config);
  const Tiling t{tile, tile - tile / 4, latents - latents / 4, latents / 4};
  return posterior_of(
      in_tiles(pixels, t, [&](const at::Tensor& part) { return encode_moments(vae, part); }));
}

at::Tensor decode_tiled(const AutoencoderKL& vae, const at::Tensor& latents, int64_t tile) {
  check_tile(vae, tile);
  const int64_t side = tile / reduction_of(vae.config);
  if (latents.size(2) <= side && latents.size(3) <= side) return decode(vae, latents);
  const Tiling t{side, side - side / 4, tile - tile / 4, tile / 4};
  return in_tiles(latents, t, [&](const at::Tensor& part) { return decode(vae, part); });
}

}  // namespace svg
