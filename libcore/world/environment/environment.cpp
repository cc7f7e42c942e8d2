#include "libcore/world/environment/environment.h"

#include <algorithm>

namespace svg::world {

bool EnvironmentFacts::can(std::string_view cap) const {
  return std::find(caps.begin(), caps.end(), cap) != caps.end();
}

size_t EnvironmentFacts::frame_bytes(std::span<const Plane> planes) const {
  size_t bytes = 0;
  for (Plane plane : planes)
    bytes += bytes_per_pixel(plane) * static_cast<size_t>(height) * static_cast<size_t>(width);
  return bytes;
}

FrameAction clamped(const EnvironmentFacts& facts, FrameAction action) {
  for (size_t i = 0; i < action.size() && i < facts.act_fields.size(); ++i)
    action[i] = std::clamp(action[i], facts.act_fields[i].min, facts.act_fields[i].max);
  return action;
}

std::span<const uint8_t> Observation::plane(const EnvironmentFacts& facts, int i,
                                            Plane which) const {
  size_t at = static_cast<size_t>(i) * facts.frame_bytes(planes);
  for (const Plane& each : planes) {
    size_t size = facts.frame_bytes({&each, 1});
    if (each == which) return std::span(bytes).subspan(at, size);
    at += size;
  }
  fail(ErrorKind::Internal, "plane ", name_of(which), " was not asked for");
}

Observation Environment::teleport(const std::vector<double>&, const Planes&) {
  fail(ErrorKind::Data, facts().name, " cannot teleport");
}
ordered_json Environment::save() {
  fail(ErrorKind::Data, facts().name, " cannot save");
}
Observation Environment::restore(const ordered_json&, const Planes&) {
  fail(ErrorKind::Data, facts().name, " cannot restore");
}
ordered_json Environment::state() {
  return ordered_json::object();
}

}  // namespace svg::world
