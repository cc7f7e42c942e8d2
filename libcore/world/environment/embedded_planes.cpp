#include "libcore/world/environment/embedded_planes.h"

#include <algorithm>
#include <cmath>

namespace svg::world {

void check_planes(const Planes& want, const char* world) {
  for (Plane plane : want)
    require(plane == Plane::Colour || plane == Plane::Face, ErrorKind::Data, "want: ", world,
            " has no plane ", name_of(plane));
}

void append_planes(const Planes& want, size_t pixels,
                   const std::function<void(std::span<uint8_t>, std::span<uint16_t>)>& render,
                   std::vector<uint8_t>& to) {
  const auto wanted = [&](Plane plane) {
    return std::find(want.begin(), want.end(), plane) != want.end();
  };
  std::vector<uint8_t> rgb(wanted(Plane::Colour) ? pixels * 3 : 0);
  std::vector<uint16_t> face(wanted(Plane::Face) ? pixels : 0);
  render(rgb, face);
  for (Plane plane : want)
    if (plane == Plane::Colour) to.insert(to.end(), rgb.begin(), rgb.end());
    else
      for (uint16_t id : face) {  // little-endian
        to.push_back(static_cast<uint8_t>(id & 255));
        to.push_back(static_cast<uint8_t>(id >> 8));
      }
}

int32_t to_units(double value, double per) {
  return static_cast<int32_t>(std::floor(value * per + 0.5));
}

}  // namespace svg::world
