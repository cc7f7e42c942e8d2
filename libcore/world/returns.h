// Whether a frame comes back to where an earlier one was, by what its caller takes for the same
// place.
#pragma once

namespace svg::world {

struct Return {
  int ord = 1;     // the number of this visit; 1: nobody was here before
  int first = -1;  // of the first visit, the frame that is nearest; -1: none
};

// Frames before `q` that follow each other in one place are one visit, and q may go on with the
// last. `same(f)`: frame f is where q is; `nearer(f, g)`: frame f is nearer to it than frame g.
template <class Same, class Nearer>
Return return_of(int q, const Same& same, const Nearer& nearer) {
  Return out;
  int visits = 0;
  bool inside = false;
  for (int f = 0; f < q; ++f) {
    const bool here = same(f);
    visits += here && !inside;
    inside = here;
    if (here && visits == 1 && (out.first < 0 || nearer(f, out.first))) out.first = f;
  }
  out.ord = inside ? visits : visits + 1;
  return out;
}

}  // namespace svg::world
