// What a maze looks like and how one moves in it: the numbers that tell the profiles apart.
//   full  64x64, perspective camera, rooms and corridors, chunks of 16 frames
//   tiny  32x16, one closed room, columns at equal angles: a turn of 11.25 degrees a frame moves
//   the picture by exactly
//         4 px, one latent cell of an autoencoder that reduces 4 times; chunks of 4 frames
//   small 48x24, as tiny with 7.5 degrees a frame and chunks of 6 frames
//   view  64x64, rooms with the looks of full and the motion of tiny: a turn of 11.25 degrees a
//         frame moves the picture by exactly 8 px, one latent cell of an autoencoder that reduces 8
//         times; chunks of 4 frames
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "libcore/base/enum_names.h"

namespace svg::world {

enum class Profile { Full, Tiny, Small, View };
constexpr auto names_of(Profile) {
  return std::to_array<EnumName<Profile>>({{Profile::Full, "full"},
                                           {Profile::Tiny, "tiny"},
                                           {Profile::Small, "small"},
                                           {Profile::View, "view"}});
}

struct WorldConfig {
  Profile profile = Profile::Full;
  int width = 64, height = 64;  // px
  bool equal_angles = false;    // columns at equal angles (a cylinder) instead of a plane
  int field_of_view = 0;        // angle units; exact where the columns are at equal angles
  double focal = 0;             // px at distance 1 (full size, before supersampling)
  double wall_height = 1;       // cells; the eye is at half of it
  int fps = 10;
  int frames = 16;         // per chunk
  std::vector<int> turns;  // degrees a chunk that sentences may ask for, ascending
  int step_q16 = 0;        // one walking step, Q16.16 cells
  std::vector<int> steps;  // steps a chunk that sentences may ask for, ascending
  int margin_q16 = 0;      // the camera keeps this far from walls

  int pixels() const { return width * height; }
  size_t frame_bytes() const { return static_cast<size_t>(pixels()) * 3; }
  bool one_room() const { return profile == Profile::Tiny || profile == Profile::Small; }
  // For networks that learn little: five actions, each of one amount (turns, walks, standing
  // still), and sentences that say no more than these.
  bool plain_actions() const { return profile != Profile::Full; }
  // Frames before a chunk that count as its context: 32, the most a model sees; with plain actions
  // the chunk's own past.
  int context_frames() const { return plain_actions() ? frames : 32; }
  // Walking steps from one cell middle to the next; whole where scripts go from cell to cell.
  int cell_steps() const { return (1 << 16) / step_q16; }
  // A face that covers fewer pixels is not seen: 8 px of 64x64, never less than one.
  int seen_px() const { return pixels() * 8 / 4096 > 1 ? pixels() * 8 / 4096 : 1; }
};

// Settings that a user may change; 0 = the profile's own.
struct ConfigChoice {
  std::string profile = "full";
  int width = 0, height = 0;
  int frames = 0;
  double max_turn = 0;  // degrees a frame
};

// Throws Error{Usage} for an unknown profile, a size that is not a multiple of 8 in 32..256, a size
// or a chunk length that the profile does not have, or a limit on turns that leaves none.
WorldConfig make_config(const ConfigChoice& choice);
// 8 hex digits over every field above and the generator's version: equal digests give equal bytes
// for equal seeds.
std::string config_digest(const WorldConfig& config);
// 8 hex digits of a text.
std::string short_digest(const std::string& text);

inline constexpr const char* kGeneratorVersion = "1.0";

}  // namespace svg::world
