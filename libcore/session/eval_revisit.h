// svg-eval revisit: does a place that has left the window come back as it was? Held-out episodes
// that return to where they have been are given up to the turning point, learned on the way, and
// generated from there on, in rows that differ in their memory alone (metrics.md sections 2.6, 2.7,
// 4, 5). Torch-free.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/session/door.h"
#include "libcore/session/run_options.h"

namespace svg::session {

struct RevisitOptions {
  static constexpr const char* kSession = "svg_revisit_session";
  std::string model;                              // empty: only rows that need none
  std::string loop_model;                         // of the row "loop"
  std::string data;                               // manifest with tasks; empty: the embedded maze
  std::string generated;                          // videos of the row "generated"
  int64_t given = 0;                              // frames, of data that names no tasks
  double place_radius = 0.05, place_degrees = 2;  // of data that names no visits
  std::vector<std::string> scripts;               // empty: three, or those of the data
  std::vector<std::string> rows;                  // empty: those that there is something for
  std::string profile = "tiny";
  std::string split = "test";
  int64_t episodes = 0;  // of each script; 0: 32, or those of the data
  int64_t chunks = 0;    // of an episode; 0: up to the first return
  int64_t batch = 16;    // episodes that run in step
  std::string output;    // folder of the results; --resume goes on in it
  bool resume = false, force = false;
  bool learn_return = false;  // go on learning while the way back is generated
  bool own = false;           // the first chunk alone is given, all else generated and learned
  int64_t samples = 1;        // of each row and episode, from seeds that follow each other
  std::string shard;          // I/N: this part of the batches alone
  RunOptions run;
  std::string sheet;  // PNG: the first episodes, row by row
  bool json = false;
};

}  // namespace svg::session

// svg-eval tasks: the same questions as files, for other systems.
namespace svg::session {
struct TasksOptions {
  static constexpr const char* kSession = "svg_tasks_session";
  std::vector<std::string> scripts = {"turn-around", "out-and-back", "spin"};
  std::string profile = "tiny";
  std::string split = "test";
  int64_t episodes = 32;  // of each script
  int64_t chunks = 0;     // of an episode; 0: up to the first return
  bool own = false;       // the first chunk alone is given
  std::string output;     // folder to write
  bool force = false;     // replaces it
};
}  // namespace svg::session

// Reports nothing.
extern "C" svg::session::Session<svg::session::TasksOptions> svg_tasks_session;
// Reports the table.
extern "C" svg::session::Session<svg::session::RevisitOptions> svg_revisit_session;
