// What the embedded worlds have in common behind the protocol: the planes rgb and face.
#pragma once
#include <cstdint>
#include <functional>

#include "libcore/world/environment/environment.h"

namespace svg::world {

// Throws Error{Data} where `world` does not have a plane that is wanted. Called before anything
// changes.
void check_planes(const Planes& want, const char* world);
// Appends the wanted planes of one frame of so many pixels; `render` fills those that are not
// empty.
void append_planes(const Planes& want, size_t pixels,
                   const std::function<void(std::span<uint8_t>, std::span<uint16_t>)>& render,
                   std::vector<uint8_t>& to);
// To the nearest unit, halves up.
int32_t to_units(double value, double per);

}  // namespace svg::world
