"""The writers that walk.py takes through every fault: what is there before, what is done, how it is taken up again."""
import dataclasses


@dataclasses.dataclass
class Case:
    setup: str  # shell lines in the folder
    command: str  # one command
    again: str = ""  # where it is not the same command
    finals: tuple = ()  # names that svg-inspect can judge
    ignored: tuple = ("timings.jsonl", "lock")  # patterns: times differ from run to run
    torch: bool = False


QUIET = "-q --threads 1 --progress never"
MEMORY = "cp -r $SVG_TEST_ROOT/../formats/vectors/valid/0301_walk.memory walk.memory\n"
MODEL = f"""
CASE_DIR=$SVG_TEST_ROOT/cli/tools
. $SVG_TEST_ROOT/cli/tiny.bash
make_tiny_model
rm -r vae/training model/training
printf 'turn left\\nturn right\\n' >actions.txt
"""
HOW = f"--model model --fast-steps 1 --fast-rank 2 {QUIET}"
LEARNED = MODEL + f"svg-generate {HOW} --steps 2 --actions actions.txt --memory a.memory first.latents -o a.latents\n"

ALL = {
    "memory-fork": Case(MEMORY, "svg-memory fork walk.memory@2 new.memory", finals=("new.memory", "walk.memory")),
    "memory-checkout": Case(MEMORY, "svg-memory checkout walk.memory@1", finals=("walk.memory",)),
    "memory-forget": Case(MEMORY, "svg-memory forget walk.memory@2..3", finals=("walk.memory",)),
    "memory-gc": Case(
        MEMORY + """printf '{"revision":3,' >>walk.memory/log.jsonl; echo half >walk.memory/rev/9.safetensors\n""",
        "svg-memory gc walk.memory"),
    "memory-export": Case(MEMORY, "svg-memory export walk.memory --as peft -o lora"),
    "memory-tail": Case(LEARNED, "svg-memory tail a.memory@1 a.latents -o tail.latents", finals=("tail.latents",), torch=True),
    "memory-merge": Case(
        LEARNED, "svg-memory merge a.memory@1 a.memory@2 --rank 2 -o both.memory", finals=("both.memory",), torch=True),
    "memory-import": Case(
        LEARNED + "svg-memory export a.memory --as peft -o lora\n",
        "svg-memory import lora --model model -o new.memory", finals=("new.memory",), torch=True),
    "world-rollout": Case(
        "", "svg-world rollout -q --profile tiny --geometry 7 --appearance 8 --script walk --chunks 2 -o walk"),
    "world-dataset": Case(
        "", "svg-world dataset -q --progress never --profile tiny --episodes 2 --chunks 2 -o data", finals=("data",)),
    "world-dataset-force": Case(
        "svg-world dataset -q --progress never --profile tiny --episodes 1 --chunks 2 -o data\n",
        "svg-world dataset -q --progress never --profile tiny --episodes 2 --chunks 2 --force -o data", finals=("data",)),
    "encode": Case(MODEL, f"svg-encode --model model {QUIET} data -o out.latents", finals=("out.latents",), torch=True),
    "decode-png": Case(LEARNED, f"svg-decode --model model {QUIET} a.latents -o frames-%02d.png", torch=True),
    "decode-mp4": Case(LEARNED, f"svg-decode --model model {QUIET} a.latents -o walk.mp4", torch=True),
    "decode-sheet": Case(LEARNED, f"svg-decode --model model {QUIET} a.latents --sheet walk.png", torch=True),
    "generate": Case(
        MODEL, f"svg-generate {HOW} --steps 2 --actions actions.txt --memory a.memory first.latents -o a.latents",
        again=f"svg-generate {HOW} --steps 2 --actions actions.txt --memory a.memory --resume first.latents -o a.latents",
        finals=("a.memory", "a.latents"), torch=True),
    "fastlearn": Case(
        LEARNED, f"svg-fastlearn {HOW} --memory seen.memory a.latents",
        again=f"svg-fastlearn {HOW} --memory seen.memory --resume a.latents", finals=("seen.memory",), torch=True),
    "pretrain": Case(
        MODEL, f"svg-pretrain {QUIET} --model vae --data data --past 4 --future 4 --steps 4 --batch 1 --checkpoint-every 2 -o run",
        again=f"svg-pretrain {QUIET} --model vae --data data --past 4 --future 4 --steps 4 --batch 1 --checkpoint-every 2 -o run --resume",
        torch=True),
}
