"""Writes what --help says in the forms that a system installs: a man page, completion for bash, completion for zsh.

    manuals.py TOOL VERSION OUT    runs the executable TOOL; writes OUT/man1/NAME.1, OUT/bash/NAME and OUT/zsh/_NAME
"""
import pathlib
import re
import subprocess
import sys
from dataclasses import dataclass, field


@dataclass
class Entry:
    """One line of a section: a flag, a positional or a subcommand."""
    names: list     # ["-o", "--output"]; ["log"]
    value: str      # what follows the names, as printed: "FILE [-]"; "" for a switch
    text: str = ""

    def takes_value(self):
        return bool(self.value) and self.value != "(Env:SVG_LOG)"

    def choices(self):
        """The words that the value is one of, as in TEXT:{a,b}=a or a|b [a]; empty: anything."""
        found = re.search(r"\{([^}]*)\}", self.value)
        if found:
            return found.group(1).split(",")
        first = self.value.split(" ")[0]
        return first.split("|") if "|" in first else []


@dataclass
class Help:
    summary: str = ""
    usage: str = ""
    sections: dict = field(default_factory=dict)   # title -> [Entry]
    footer: list = field(default_factory=list)     # lines

    def flags(self):
        return [e for title, entries in self.sections.items() if title not in ("Positionals", "Subcommands") for e in entries]

    def commands(self):
        return self.sections.get("Subcommands", [])


def entry_of(line):
    """An entry's first line: the names, then the value, then (behind two blanks) the text."""
    head, _, text = line.strip().partition("  ")
    names, _, value = head.partition(" ")
    return Entry(names.split(","), value, text.strip())


def parse(text):
    """What CLI11 prints for --help, as Help. Exits where a line fits no place, so that nothing is lost unseen."""
    lines = text.rstrip("\n").split("\n")
    usage_at = next(i for i, line in enumerate(lines) if line.startswith("Usage: "))
    result = Help(" ".join(lines[:usage_at]).strip(), lines[usage_at][len("Usage: "):])
    entries = group = None
    for i in range(usage_at + 1, len(lines)):
        line = lines[i]
        title = re.fullmatch(r"(?:\[Option Group: (.*)\]|(\w[\w ]*):)", line)
        following = lines[i + 1] if i + 1 < len(lines) else ""
        if title and title.group(1):
            group = title.group(1)
        elif group and line == "  Options:":
            entries = result.sections.setdefault(group, [])
        elif title and (title.group(2) in ("Positionals", "Subcommands") or following.startswith("  -")):
            entries, group = result.sections.setdefault(title.group(2), []), None
        elif not line:
            continue
        elif entries is not None and re.match(r" {20,}\S", line):
            entries[-1].text = f"{entries[-1].text} {line.strip()}".strip()
        elif entries is not None and line.startswith("  "):
            entries.append(entry_of(line))
        elif line[0] != " ":
            result.footer = lines[i:]
            break
        else:
            sys.exit(f"manuals.py: cannot tell what this line of --help is: {line!r}")
    return result


def ask(tool, *arguments):
    done = subprocess.run([tool, *arguments, "--help"], check=True, capture_output=True, text=True)
    return parse(done.stdout)


# ---- man ----

def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
    return "\\&" + text if text.startswith(".") else text


def roff_entries(entries):
    for e in entries:
        names = ", ".join(f"\\fB{roff(name)}\\fR" for name in e.names)
        yield ".TP"
        yield f"{names} {roff(e.value)}".rstrip()
        yield roff(e.text) or "\\&"


def roff_footer(lines):
    """Indented lines are commands and stay as they are; the others are paragraphs."""
    code = False
    for line in lines:
        if line.startswith("  ") != code:
            code = not code
            yield from [".PP", ".EX"] if code else [".EE", ".PP"]
        yield roff(line) if line else ".PP"
    if code:
        yield ".EE"


def man_page(name, version, top, commands):
    yield f'.TH "{roff(name.upper())}" 1 "" "svg {version}" "svg"'
    yield from [".SH NAME", f"{roff(name)} \\- {roff(top.summary.rstrip('.'))}", ".SH SYNOPSIS"]
    for usage in [page.usage for page in commands.values()] or [top.usage]:
        yield from [f"\\fB{roff(usage.split(' ')[0])}\\fR {roff(usage.partition(' ')[2])}", ".br"]
    yield from [".SH DESCRIPTION", *roff_footer(top.footer)]
    if "Positionals" in top.sections:
        yield from [".SH ARGUMENTS", *roff_entries(top.sections["Positionals"])]
    if commands:
        yield ".SH COMMANDS"
        for e in top.commands():
            page = commands[e.names[0]]
            yield from [f".SS {roff(page.usage)}", roff(e.text)]
            for title, entries in page.sections.items():
                yield from roff_entries(x for x in entries if "--help" not in x.names)
    for title, entries in top.sections.items():
        if title not in ("Positionals", "Subcommands"):
            yield from [f'.SH "{roff(title.upper())}"', *roff_entries(entries)]


# ---- completion ----

def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def bash_completion(name, top, commands):
    function = "_" + name.replace("-", "_")
    pages = {**commands, "": top}
    yield f"# bash completion for {name}, made from its --help."
    yield f"{function}() {{"
    yield "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command='' flags='' word"
    yield "  [ \"$cur\" = = ] && cur="
    yield "  [ \"$prev\" = = ] && prev=${COMP_WORDS[COMP_CWORD-2]}"
    if commands:
        yield "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do"
        yield f"    case $word in {'|'.join(commands)}) command=$word; break ;; esac"
        yield "  done"
    yield "  COMPREPLY=()"
    yield "  case $command:$prev in"
    for command, page in pages.items():
        for e in page.flags():
            if e.takes_value():
                # A flag of the tool itself may follow a subcommand.
                keys = "|".join(f"{'*' if command == '' else command}:{n}" for n in e.names)
                choices = " ".join(e.choices())
                answer = f"mapfile -t COMPREPLY < <(compgen -W {quoted(choices)} -- \"$cur\"); " if choices else ""
                yield f"    {keys}) {answer}return ;;"
    yield "  esac"
    yield "  case $command in"
    for command, page in pages.items():
        own = [n for e in page.flags() for n in e.names]
        shared = [n for e in top.flags() for n in e.names if n not in own] if command else []
        yield f"    {quoted(command)}) flags={quoted(' '.join(own + shared))} ;;"
    yield "  esac"
    yield "  if [[ $cur == -* ]]; then"
    yield "    mapfile -t COMPREPLY < <(compgen -W \"$flags\" -- \"$cur\")"
    if commands:
        yield "  elif [ -z \"$command\" ]; then"
        yield f"    mapfile -t COMPREPLY < <(compgen -W {quoted(' '.join(commands))} -- \"$cur\")"
    yield "  fi"
    yield "}"
    yield f"complete -o default -F {function} {name}"


def zsh_specs(page, without=()):
    for e in page.flags():
        names = [n for n in e.names if n not in without]
        if not names:
            continue
        text = re.sub(r"([\[\]:\\])", r"\\\1", e.text)
        value = ""
        if e.takes_value():
            value = f":value:({' '.join(e.choices())})" if e.choices() else ":value:_files"
        # Each name may come again: --lora and -q do.
        for n in names:
            yield quoted(f"*{n}[{text}]{value}")


def zsh_completion(name, top, commands):
    function = "_" + name
    yield f"#compdef {name}"
    yield "# Made from its --help."
    yield f"{function}() {{"
    yield "  local curcontext=$curcontext state line"
    yield "  typeset -A opt_args"
    if not commands:
        yield "  _arguments \\"
        yield from (f"    {spec} \\" for spec in zsh_specs(top))
        yield "    '*:file:_files'"
    else:
        yield "  local -a commands=("
        yield from ("    " + quoted(e.names[0] + ":" + e.text.replace(":", "\\:")) for e in top.commands())
        yield "  )"
        yield "  _arguments -C \\"
        yield from (f"    {spec} \\" for spec in zsh_specs(top))
        yield "    '1:command:->command' '*::argument:->argument'"
        yield "  case $state in"
        yield "    command) _describe command commands ;;"
        yield "    argument)"
        yield "      case $words[1] in"
        for command, page in commands.items():
            own = {n for e in page.flags() for n in e.names}
            yield f"        {command}) _arguments \\"
            yield from (f"          {spec} \\" for spec in [*zsh_specs(page), *zsh_specs(top, own)])
            yield "          '*:file:_files' ;;"
        yield "      esac ;;"
        yield "  esac"
    yield "}"
    yield f'{function} "$@"'


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    tool, version, out = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    name = pathlib.Path(tool).name
    top = ask(tool)
    commands = {e.names[0]: ask(tool, e.names[0]) for e in top.commands()}
    for path, lines in ((out / "man1" / f"{name}.1", man_page(name, version, top, commands)),
                        (out / "bash" / name, bash_completion(name, top, commands)),
                        (out / "zsh" / f"_{name}", zsh_completion(name, top, commands))):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
