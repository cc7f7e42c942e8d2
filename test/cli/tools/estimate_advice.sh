# Where a plan does not fit it names flags that take less: such as its executable has, such as are not given yet, and such as do take less. Of the
# full ModelScopeT2V, by its configurations alone.
golden=$CASE_DIR/../../golden/modelscope
mkdir model
cp -r "$golden"/{unet,vae,text_encoder,scheduler} "$golden/narrow/model_index.json" model
# field NAME COMMAND...: of the plan that the command prints.
field() {
  local name=$1
  shift
  { "$@" || [ $? = 1 ]; } | python3 -c 'import json, sys; v = json.load(sys.stdin)[sys.argv[1]]; print("\n".join(v) if isinstance(v, list) else v)' "$name"
}
# without FLAG COMMAND...: the command less this flag and its value, one word a line.
without() {
  local flag=$1
  shift
  for ((; $#; )); do
    if [ "$1" = "$flag" ]; then shift; else echo "$1"; fi
    shift
  done
}
advised() {  # advised TOOL FLAG...
  local tool=$1 plan=("$1" -q --threads 1 --model model --estimate --estimate-memory 1G --json "${@:2}") all flag line
  all=$(field total_bytes "${plan[@]}")
  field advice "${plan[@]}" >advice
  "$tool" --help >help
  while IFS= read -r line; do
    for flag in $(grep -o -e '--[a-z-]*' <<<"$line"); do
      grep -q -e "$flag " help || echo "$tool has no $flag"
      case " ${*:2} " in *" $line "*) echo "$line is given already" ;; esac
    done
    case $line in --*) [ "$(field total_bytes $(without "${line%% *}" "${plan[@]}") $line)" -lt "$all" ] || echo "$line takes no less" ;; esac
  done <advice
  echo "$*: $(paste -sd, advice | sed 's/,/, /g')"
}
advised svg-pretrain
advised svg-pretrain --batch 1 --dtype bf16 --checkpoint-activations blocks --adam-moments 8bit --ema cpu
advised svg-generate --fast-batch 2
advised svg-generate --fast-rank 1 --dtype bf16 --checkpoint-activations blocks
advised svg-generate --dtype bf16 --checkpoint-activations offload
advised svg-generate --no-fast
advised svg-fastlearn
advised svg-fastlearn --dtype bf16 --checkpoint-activations blocks
advised svg-fastlearn --dtype bf16 --checkpoint-activations offload
