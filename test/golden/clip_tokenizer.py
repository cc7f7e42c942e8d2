"""Reference ids for libcore/model/clip_tokenizer from transformers' CLIPTokenizer.

Writes clip_tokenizer/: a vocabulary trained on the prompts below in the three forms that directories have (trained/ and declared/ as
transformers 4 wrote them, saved/ as version 5 does), made/ (what make_byte_tokenizer must write for words.json) and expected.json with
the ids of every prompt.
"""
import json
import pathlib
import random
import unicodedata

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTokenizer

HERE = pathlib.Path(__file__).resolve().parent / "clip_tokenizer"
BEGIN, END = "<|startoftext|>", "<|endoftext|>"

VERBS = ["turn left", "Turn right", "move forward", "step back", "look up", "pick up the RED cube", "wait"]
SCENES = ["in a maze", "at 3.5 m/s", "through the door's frame", "3 times, then stop!", "(slowly)", "like it's 1999", "in the café"]
HARD = [
    "", " ", "   \t\n ", "a", "!", "hello!", "! hello !!", "it's they're I've I'm we'll he'd don't 'tis ''s '", "'S 'T O'REILLY'S",
    "no-break\u00a0space\u2003em\u3000ideographic\u2028line\u1680ogham\u0085next", "tab\tnewline\nreturn\rvt\x0bff\x0c",
    "control\x01\x02\x1f\x7f chars", "zero\u200bwidth\u200djoiner\ufeffbom\u00adsoft", "e\u0301 \u00e9 \u212b A\u030a \u1e9b\u0323 \uac00 \u1100\u1161",
    "İstanbul ıI ŞŞ ß ẞ Σίσυφος ΑΣ ǅ Ǆ ﬁ Å", "ÀÉÎÕÜ ЖЁЙ ΩΨ ԱԲ ᲐᲑ", "你好,世界。 これはテスト 한국어 ไทย עברית العربية हिन्दी", "你好世界 mixed中文text",
    "😀 😀😀 👩‍👩‍👧 🇯🇵 👍🏽 ☺️ ✨sparkle✨", "1 12 123 ½ ² Ⅷ ٣ ७ ① 𝟘 1st 2nd 10,000.5", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐐀𐐨 𒀀", "\U00100000 \ue000 \uffff",
    "<|startoftext|>", "a <|endoftext|> b", "x<|startoftext|>y", "<|EndOfText|>!!?", "!!<|ENDOFTEXT|>..", "<|StartOfText|>s<|endoftext", "<| |>",
    "<pad>", "a <pad>b", "<PAD>", "word" * 60, "many words " * 60, "!" * 100, "....!?!?!...", "a_b-c+d=e/f\\g|h~i`j^k", "$5 €5 £5 ¥5 #1 @x 50% &c",
    "https://example.org/a?b=c&d=e#f", "{\"json\": [1, 2.5e-3, null]}", "CamelCaseWords and snake_case_words", "\"quoted\" “curly” ‘single’ «guillemets»",
]


def random_text(rng):
    """Assigned characters from everywhere; assigned up to Unicode 14, which every library involved knows."""
    ranges = [(0x20, 0x7f), (0xa0, 0x250), (0x250, 0x600), (0x900, 0xe00), (0x1e00, 0x2400), (0x3000, 0x3400), (0x1f300, 0x1f700), (0, 0x110000)]
    text = ""
    while len(text) < rng.randint(1, 24):
        c = chr(rng.randrange(*rng.choice(ranges)))
        if unicodedata.category(c) not in ("Cn", "Cs"):
            text += c + rng.choice(["", "", " "])
    return text


def prompts():
    rng = random.Random(0)
    texts = HARD + [f"{v} {s}" for v in VERBS for s in SCENES]
    return texts + [random_text(rng) for _ in range(200)]


def letters():
    """GPT-2's letters for bytes, in the order of CLIP's vocabulary."""
    own = [*range(0x21, 0x7f), *range(0xa1, 0xad), *range(0xae, 0x100)]
    rest = [b for b in range(256) if b not in own]
    return {b: chr(b) for b in own} | {b: chr(256 + i) for i, b in enumerate(rest)}


def dump(path, value, **form):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, **form) + "\n", encoding="utf-8")


def write(name, vocab, merges, config, specials):
    dump(HERE / name / "vocab.json", vocab, separators=(",", ":"))
    (HERE / name / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges), encoding="utf-8")
    dump(HERE / name / "tokenizer_config.json", config, indent=2, sort_keys=True)
    if specials:
        dump(HERE / name / "special_tokens_map.json", specials, indent=2, sort_keys=True)


def train(texts):
    """Merges as CLIP's were learnt; without the letter of byte 0xF4, so that there is something unknown."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"), behavior="removed", invert=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=900, end_of_word_suffix="</w>", show_progress=False))
    merges = [tuple(m) for m in json.loads(tokenizer.to_str())["model"]["merges"]]
    missing = letters()[0xf4]
    merges = [m for m in merges if missing not in m[0] + m[1]]
    base = [c for c in letters().values() if c != missing]
    tokens = base + [c + "</w>" for c in base] + [a + b for a, b in merges] + [BEGIN, END]
    return {t: i for i, t in enumerate(dict.fromkeys(tokens))}, merges


def bpe(symbols, merges):
    rank = {m: i for i, m in enumerate(merges)}
    while True:
        pairs = [(rank[p], i) for i, p in enumerate(zip(symbols, symbols[1:])) if p in rank]
        if not pairs:
            return symbols
        _, i = min(pairs)
        symbols = symbols[:i] + [symbols[i] + symbols[i + 1]] + symbols[i + 2:]


def make(words):
    """make_byte_tokenizer once more, independently."""
    table, merges = letters(), []
    for word in words:
        symbols = [table[b] for b in word.lower().encode()]
        symbols[-1] += "</w>"
        while len(symbols := bpe(symbols, merges)) > 1:
            merges.append((symbols[0], symbols[1]))
    tokens = [*table.values(), *(c + "</w>" for c in table.values()), *(a + b for a, b in merges), BEGIN, END]
    return {t: i for i, t in enumerate(dict.fromkeys(tokens))}, merges


texts = prompts()
vocab, merges = train(texts)


def token(content, normalized):
    return {"content": content, "lstrip": False, "normalized": normalized, "rstrip": False, "single_word": False}


base = {"add_prefix_space": False, "do_lower_case": True, "errors": "replace", "tokenizer_class": "CLIPTokenizer"}
# as in the ModelScope directory: the padding is "!"
specials = {"bos_token": token(BEGIN, True), "eos_token": token(END, True), "unk_token": token(END, True), "pad_token": "!"}
write("trained", vocab, merges, base | {"model_max_length": 77, **specials}, specials)
declared = {str(len(vocab)): token("<pad>", False) | {"special": True}} | {
    str(vocab[t]): token(t, False) | {"special": True} for t in (BEGIN, END)}
write("declared", vocab, merges, base | {"model_max_length": 12, "added_tokens_decoder": declared, "bos_token": BEGIN, "eos_token": END,
                                         "unk_token": END, "pad_token": "<pad>"}, None)
CLIPTokenizer.from_pretrained(HERE / "trained").save_pretrained(HERE / "saved")
words = ["left", "effort", "forward", "for", "fort", "abab", "aaaa", "Right", "wait", "café", "7", "door", "doors", "..."]
dump(HERE / "words.json", words)
ends = {"bos_token": BEGIN, "eos_token": END, "unk_token": END, "pad_token": END}
write("made", *make(words), base | {"model_max_length": 16, **ends}, ends)

expected = {"prompts": texts, "ids": {}}
for name in ("trained", "declared", "saved", "made"):
    tokenizer = CLIPTokenizer.from_pretrained(HERE / name)
    padded = texts if name == "declared" else texts[:len(HARD)]
    expected["ids"][name] = {
        "all": tokenizer(texts)["input_ids"],
        "padded": tokenizer(padded, padding="max_length", truncation=True, max_length=tokenizer.model_max_length)["input_ids"],
        "size": len(tokenizer), "bos": tokenizer.bos_token_id, "eos": tokenizer.eos_token_id, "pad": tokenizer.pad_token_id}
for word in words:
    assert len(CLIPTokenizer.from_pretrained(HERE / "made")(word)["input_ids"]) == 3, word
dump(HERE / "expected.json", expected, separators=(",", ":"))
