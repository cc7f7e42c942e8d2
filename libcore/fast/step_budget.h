// How many gradient steps a chunk gets from a budget of time (design.md section 6, --fast-budget).
// Torch-free.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

namespace svg::fast {

// An account of seconds: each chunk pays something in, learning takes off what it took. What a
// chunk leaves is there for later ones, and what it took too much is missing there, so that the
// limit is kept on average over the episode.
class StepBudget {
 public:
  struct Limit {
    double share = 0;    // of the time that sampling takes
    double seconds = 0;  // a chunk
  };
  // "5%" or "0.2s". Throws Error{Usage}.
  static Limit parse(const std::string& text);

  // `now` tells the time in seconds.
  StepBudget(Limit limit, std::function<double()> now) : limit_(limit), now_(std::move(now)) {}

  // A chunk that took `sampling_sec` to sample is about to be learned.
  void begin_chunk(double sampling_sec);
  // Whether a step fits at all.
  bool opens() const;
  // Asked before each step, after `made` steps of this chunk, and once after the last: whether one
  // more fits, if it takes as long as steps have taken on average. The first is made wherever
  // opens() said so.
  bool allows(int64_t made);
  // What there was to learn is learned, and stored.
  void end_chunk();

 private:
  double left() const { return left_ - (now_() - begun_); }
  double mean_step() const;

  Limit limit_;
  std::function<double()> now_;
  double left_ = 0;                     // seconds in the account
  double begun_ = 0, steps_begun_ = 0;  // when learning of this chunk began, and its first step
  double step_sec_ = 0;                 // that the steps of chunks before took
  int64_t steps_ = 0;                   // their number
  double chunk_step_sec_ = 0;           // the same of this chunk, as far as asked for
  int64_t chunk_steps_ = 0;
};

}  // namespace svg::fast
