// Large pictures through the autoencoder in overlapping tiles, whose seams are blended: memory
// follows the tile, not the picture. Number for number what diffusers 0.42.1 gives after
// AutoencoderKL.enable_tiling() (tiled_encode, tiled_decode), where every tile sees itself alone:
// close to the whole picture's result, not equal to it.
//
// `tile`: side of a tile in pixels, a multiple of 4 x the reduction (32 for ModelScopeT2V);
// neighbours share a quarter of it. A picture that fits into one tile is done whole.
#pragma once
#include "libcore/model/autoencoder_kl.h"

namespace svg {

// Shapes as encode() and decode(). Throw Error{Usage} for an impossible tile.
Posterior encode_tiled(const AutoencoderKL&, const at::Tensor& pixels, int64_t tile);
at::Tensor decode_tiled(const AutoencoderKL&, const at::Tensor& latents, int64_t tile);

// Throws Error{Usage} that names --vae-tile.
void check_tile(const AutoencoderKL&, int64_t tile);

}  // namespace svg
