// The maze as an environment. Actions: turn (degrees, counter-clockwise), fwd and side (cells, side
// to the left), rounded to the units of angle.h; a motion that would not keep its distance to the
// walls does not take place, but the turn does, and sets `hit`. Planes rgb and face.
#pragma once
#include "libcore/world/environment/environment.h"
#include "libcore/world/scene.h"

namespace svg::world {

class MazeEnvironment : public Environment {
 public:
  explicit MazeEnvironment(const WorldConfig& config);

  const EnvironmentFacts& facts() const override { return facts_; }
  // The start of a null request: a place and heading drawn from the geometry's seed.
  Observation reset(const ResetRequest& request, const Planes& want) override;
  Observation step(std::span<const FrameAction> actions, const Planes& want) override;
  Observation teleport(const std::vector<double>& pose, const Planes& want) override;
  ordered_json save() override;  // seeds and pose: good in another process too
  Observation restore(const ordered_json& snap, const Planes& want) override;
  // cell, room, and the face table of the scene.
  ordered_json state() override;

 private:
  static Pose pose_from(const Scene& scene, const std::vector<double>& values);
  void see(const Planes& want, bool hit, Observation& to) const;
  Observation seen(const Planes& want) const;
  void check_started() const;

  WorldConfig config_;
  EnvironmentFacts facts_;
  Scene scene_;
  Pose pose_;
  bool started_ = false;
};

}  // namespace svg::world
