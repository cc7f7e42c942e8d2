// The table as an environment. Actions: dx, dy, dz (table sides; to the right, away, up), close
// (from 0.5 on), orbit (degrees). A pose is the gripper's place and the camera's heading. Planes
// rgb and face; the state names the cubes and the goal area.
#pragma once
#include "libcore/world/environment/environment.h"
#include "libcore/world/table/table_scene.h"

namespace svg::world {

class TableEnvironment : public Environment {
 public:
  explicit TableEnvironment(const TableConfig& config);

  const EnvironmentFacts& facts() const override { return facts_; }
  Observation reset(const ResetRequest& request, const Planes& want) override;
  Observation step(std::span<const FrameAction> actions, const Planes& want) override;
  // What the gripper holds is let go first.
  Observation teleport(const std::vector<double>& pose, const Planes& want) override;
  ordered_json save() override;
  Observation restore(const ordered_json& snap, const Planes& want) override;
  ordered_json state() override;

 private:
  void take_pose(const std::vector<double>& pose, TableState& to) const;
  void see(const Planes& want, bool hit, Observation& to) const;
  Observation seen(const Planes& want) const;
  void check_started() const;
  ordered_json objects() const;

  TableConfig config_;
  EnvironmentFacts facts_;
  TableScene scene_;
  TableState state_;
  bool started_ = false;
};

}  // namespace svg::world
