# What is checkpointed changes no byte: not of an episode, nor of the memory that it learns, nor of one learned from a stream.
. "$CASE_DIR/../tiny.bash"
make_tiny_model
mixed_actions 4 >actions.txt
for mode in none blocks all offload; do
  flags=(--model model --checkpoint-activations $mode --fast-steps 2 --fast-rank 2 "${quiet[@]}")
  mkdir $mode
  svg-generate "${flags[@]}" --steps 3 --actions actions.txt --memory $mode/walk.memory first.latents -o $mode/walk.latents
  svg-fastlearn "${flags[@]}" --fast-batch 2 --lora-targets attention,ff --memory $mode/seen.memory none/walk.latents >$mode/losses
  svg-pretrain "${quiet[@]}" --checkpoint-activations $mode --model vae --data data -o $mode/run --past 4 --future 4 --steps 2 --batch 2 --train-text-encoder
  cmp none/walk.latents $mode/walk.latents
  cmp none/losses $mode/losses
  same_memory none/walk.memory $mode/walk.memory
  same_memory none/seen.memory $mode/seen.memory
  for file in unet/diffusion_pytorch_model.safetensors text_encoder/model.safetensors training/metrics.jsonl training/state.safetensors provenance.json; do
    cmp none/run/$file $mode/run/$file
  done
done
# The memories are none that learned nothing.
! cmp -s none/walk.memory/rev/1.safetensors none/walk.memory/rev/2.safetensors
