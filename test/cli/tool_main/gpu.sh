# A GPU that is asked for and cannot be used: one line, status 69. With --device auto the CPU is taken, and it says why where a GPU is there.
# A driver of this test's own stands for one that shows a GPU; no CUDA works with it.
lib=$(dirname "$(command -v tool_main_probe)")/../lib
if [ -f "$lib/libsvg_cuda.so" ]; then
  echo 'int cuInit(unsigned f) { return (int)f; } int cuDeviceGetCount(int *n) { *n = 1; return 0; }' >driver.c
  cc -shared -fPIC -o libcuda.so.1 driver.c
  export LD_LIBRARY_PATH=$PWD${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  reason='cannot load .*libsvg_cuda.so: .*|CUDA can use no GPU here: ..*'
  warning="tool_main_probe: warning: a GPU is here, but cannot be used: ($reason); computing on the CPU"
else
  reason='--device cuda: this build has no CUDA plugin .*'
  warning=
fi
status=0
tool_main_probe done --device cuda 2>err || status=$?
echo "--device cuda -> $status, lines: $(wc -l <err), as expected: $(grep -cxE "tool_main_probe: error: ($reason)" err)"
tool_main_probe done --device auto 2>err
if [ -n "$warning" ]; then grep -qxE "$warning" err; else [ ! -s err ]; fi
