// A world that can be acted in, wherever it runs: in this process (the embedded worlds), or in
// another one (process_environment.h). The page is formats/environment.md; what its `hello` says
// are the facts, and every other operation of it is a function here.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libcore/base/enum_names.h"
#include "libcore/base/json.h"

namespace svg::world {

enum class Plane { Colour, Face, Depth, Flow };
constexpr auto names_of(Plane) {
  return std::to_array<EnumName<Plane>>({{Plane::Colour, "rgb"},
                                         {Plane::Face, "face"},
                                         {Plane::Depth, "depth"},
                                         {Plane::Flow, "flow"}});
}
// rgb u8 x 3, face u16, depth f32, flow f32 x 2.
constexpr size_t bytes_per_pixel(Plane plane) {
  return plane == Plane::Colour ? 3 : plane == Plane::Face ? 2 : plane == Plane::Depth ? 4 : 8;
}

// One number of an action: what a frame may move by.
struct ActField {
  std::string name, unit;
  double min = 0, max = 0;
};

// The values of all act fields in their order, for one frame. [V]
using FrameAction = std::vector<double>;

// What one chunk may be asked to do: the same action in each of its frames.
struct Move {
  std::string text, inverse;  // inverse: the sentence that undoes it; empty: none
  FrameAction action;
};

struct EnvironmentFacts {
  std::string name, version, licence;
  int height = 0, width = 0;  // px
  double fps = 0;
  bool deterministic = false;  // same seeds and actions, same bytes
  std::vector<std::string> caps, pose_fields;
  std::vector<ActField> act_fields;
  int chunk = 0;            // frames of a chunk that the moves are made for; 0: not said
  std::vector<Move> moves;  // may be empty

  bool can(std::string_view cap) const;
  size_t frame_bytes(std::span<const Plane> planes) const;
};

// An action inside the limits of its fields.
FrameAction clamped(const EnvironmentFacts& facts, FrameAction action);

struct Observation {
  int n = 0;                     // frames
  std::vector<Plane> planes{};   // of each frame, in this order
  std::vector<uint8_t> bytes{};  // frame by frame, plane by plane
  std::vector<double> pose{};    // [n, pose fields], after each action; empty where there is none
  std::vector<uint8_t> hit{};    // [n] 1: something stopped the motion
  std::vector<int64_t> place{};  // [n] or empty: number of the place
  ordered_json state = ordered_json::object();  // after the last frame
  bool done = false;                            // the episode has ended: there is no further step

  // One plane of frame `i`.
  std::span<const uint8_t> plane(const EnvironmentFacts& facts, int i, Plane which) const;
};

using Planes = std::vector<Plane>;

struct ResetRequest {
  uint64_t geometry = 0, appearance = 0;
  std::vector<double> start;  // a pose; empty: the environment's choice, given the seeds
};

// Operations throw Error{Data} where the environment refuses or answers nonsense, Unavailable where
// it is dead or late; after Unavailable, or nonsense, it is of no more use.
class Environment {
 public:
  virtual ~Environment() = default;
  virtual const EnvironmentFacts& facts() const = 0;
  virtual Observation reset(const ResetRequest& request, const Planes& want) = 0;
  // One action a frame; fewer frames come back only where the episode is done.
  virtual Observation step(std::span<const FrameAction> actions, const Planes& want) = 0;
  virtual Observation teleport(const std::vector<double>& pose,
                               const Planes& want);                           // cap teleport
  virtual ordered_json save();                                                // cap snapshot
  virtual Observation restore(const ordered_json& snap, const Planes& want);  // cap snapshot
  virtual ordered_json state();
};

}  // namespace svg::world
