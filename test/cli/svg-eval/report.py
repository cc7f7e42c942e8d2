"""What a page holds: headings, charts, players and tables, and that nothing in it points elsewhere."""
import base64
import html.parser
import json
import re
import sys


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.headings, self.charts, self.sources, self.inside, self.open = [], [], [], None, []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.inside = tag
        self.kind = attributes.get("type")
        for key in ("src", "href"):
            if key in attributes:
                self.sources.append(attributes[key])
        if tag not in ("meta", "img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"{tag} is closed while another is open"
        self.inside = None

    def handle_data(self, data):
        if self.inside in ("h1", "h2", "h3"):
            self.headings.append(data)
        elif self.inside == "script" and self.kind == "application/json":
            self.charts.append(json.loads(data))


text = open(sys.argv[1]).read()
page = Page()
page.feed(text)
assert not page.open, page.open
print(*page.headings, sep="\n")
for chart in page.charts:
    assert all(len(row) == len(chart["series"]) + 1 for row in chart["rows"])
    print(f"chart of {', '.join(chart['series'])} over {chart['x']}: {len(chart['rows'])} points, bands {chart['bands']}")
kinds = []
for source in page.sources:
    kind, data = re.fullmatch(r"data:(\w+/\w+);base64,(.*)", source).groups()
    kinds.append(f"{kind} {base64.b64decode(data)[:12].hex()}" if kind == "image/png" else kind)
print(*kinds, sep="\n")
outside = [link for link in re.findall(r"https?://[^\s\"'<>)]+", re.sub(r"base64,[^\"]*", "", text)) if "dygraph" not in link.lower()]
loaded = re.findall(r"@import|url\((?!data:)[^)]*\)|<link|importScripts|XMLHttpRequest\(\)\.open\(\"https?", re.sub(r"base64,[^\"]*", "", text))
print("loads from elsewhere:", sorted(set(loaded)))
