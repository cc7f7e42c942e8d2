#include "tools/common/torch_library.h"

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "libcore/base/enum_names.h"
#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/base/path.h"
#include "libcore/cuda/plugin.h"

namespace svg::tools {
namespace {

enum class DeviceKind { Auto, Cpu, Cuda };
constexpr auto names_of(DeviceKind) {
  return std::to_array<EnumName<DeviceKind>>(
      {{DeviceKind::Auto, "auto"}, {DeviceKind::Cpu, "cpu"}, {DeviceKind::Cuda, "cuda"}});
}

bool g_loaded = false;

// The folder lib/ beside the bin/ of this executable, in the build tree and where it is installed.
std::filesystem::path library_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "lib";
}

std::string last_loader_error() {
  const char* text = dlerror();
  return text ? std::string(text) : "unknown loader error";
}

// GPUs that the driver shows, without loading torch; 0 without a driver.
int driver_gpu_count() {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW);
  if (!driver) return 0;
  auto init = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  auto count = reinterpret_cast<int (*)(int*)>(dlsym(driver, "cuDeviceGetCount"));
  int gpus = 0;
  return init && count && init(0) == 0 && count(&gpus) == 0 ? gpus : 0;
}

// Why LibTorch is not found: the loader says "No such file" of a folder that it may not open, too.
std::string whereabouts_of_torch() {
  struct stat info {};
  const std::string folder = SVG_LIBTORCH_DIR;
  if (!folder.empty() && ::stat(folder.c_str(), &info) != 0 && errno == EACCES)
    return "; LibTorch is in " + folder +
           ", which this user may not open: build with SVG_CACHE set to a folder for all users "
           "(cmake/bootstrap.sh), or let others into the folders above it";
  return "; LibTorch is not where it was when this was built: name its folder (torch/lib of "
         "PyTorch 2.11) in LD_LIBRARY_PATH";
}

void* load(const std::filesystem::path& library, const char* advice) {
  require(path_exists(library), ErrorKind::Unavailable, library.string(),
          " is not there: ", advice);
  if (void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL)) return handle;
  const std::string reason = last_loader_error();  // begins with the file that is not there
  const bool moved = reason.starts_with("libtorch") || reason.starts_with("libc10");
  fail(ErrorKind::Unavailable, "cannot load ", library.string(), ": ", reason,
       moved ? whereabouts_of_torch() : "");
}

void prepare_environment(int threads) {
  // OpenMP's threads spin for milliseconds by default, which slows every small operation down
  // tenfold as soon as another program wants the cores; asleep at once, they take twice as long to
  // wake as the operation lasts. A short while of spinning has the best of both
  // (test/bench/README.md).
  setenv("OMP_WAIT_POLICY", "passive", 0);
  setenv("GOMP_SPINCOUNT", "10000", 0);
  setenv("OMP_NUM_THREADS", std::to_string(threads).c_str(), 1);
  setenv("PYTORCH_ALLOC_CONF", "expandable_segments:True", 0);
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
  setenv("CUDA_MODULE_LOADING", "LAZY", 0);
}

void* load_torch_library(const Context& context) {
  prepare_environment(context.threads);
  void* handle = load(library_folder() / "libsvg_torch.so", "build with -DSVG_TORCH=ON");
  g_loaded = true;
  return handle;
}

// Loads the plugin; its GPUs that this build can use, at least one. Throws Error{Unavailable}.
int load_plugin(int threads) {
  prepare_environment(threads);
  g_loaded = true;  // a part of torch stays even where the rest cannot be loaded
  void* handle =
      load(library_folder() / "libsvg_cuda.so", "build where nvcc is, or use --device cpu");
  const auto function = reinterpret_cast<cuda::PluginFunction>(dlsym(handle, cuda::kPluginSymbol));
  require(function, ErrorKind::Unavailable,
          "lib/libsvg_cuda.so is of another build: build it again");
  std::string why;
  const int gpus = function()->device_count(why);
  require(gpus > 0, ErrorKind::Unavailable, "CUDA can use no GPU here: ", why);
  return gpus;
}

}  // namespace

std::string resolve_device(const std::string& wanted, int threads) {
  const auto colon = wanted.find(':');
  const auto kind = enum_from<DeviceKind>(wanted.substr(0, colon), "--device");
  if (kind == DeviceKind::Cpu) return wanted;
  const bool plugin = path_exists(library_folder() / "libsvg_cuda.so");
  const int gpus = plugin ? driver_gpu_count() : 0;
  if (kind == DeviceKind::Auto) {
    if (gpus == 0) return "cpu";
    try {
      load_plugin(threads);
      return "cuda:0";
    } catch (const Error& error) {
      log_warn(cat("a GPU is here, but cannot be used: ", error.what(), "; computing on the CPU"));
      return "cpu";
    }
  }
  require(plugin, ErrorKind::Unavailable, "--device ", wanted,
          ": this build has no CUDA plugin (lib/libsvg_cuda.so); build where nvcc is, or use "
          "--device cpu");
  const int index = colon == std::string::npos ? 0 : std::stoi(wanted.substr(colon + 1));
  require(index < gpus, ErrorKind::Unavailable, "--device ", wanted, ": the driver shows ", gpus,
          " GPUs; use --device cpu, or check nvidia-smi and CUDA_VISIBLE_DEVICES");
  const int usable = load_plugin(threads);
  require(index < usable, ErrorKind::Unavailable, "--device ", wanted, ": CUDA can use ", usable,
          " of the ", gpus, " GPUs here");
  return "cuda:" + std::to_string(index);
}

void* torch_symbol(const char* symbol, const Context& context) {
  static void* const library = load_torch_library(context);
  void* address = dlsym(library, symbol);
  require(address, ErrorKind::Internal, "libsvg_torch.so has no ", symbol,
          ": the executable and the library are of different builds");
  return address;
}

bool torch_loaded() {
  return g_loaded;
}

}  // namespace svg::tools
