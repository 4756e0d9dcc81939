"""A page as a reader and a browser see it."""

from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Page(HTMLParser):
    """Elements with their attributes, the text that is read out, and whether the tags are balanced."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.words, self.open, self.style, self.hidden = [], [], [], "", 0
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
            if ("aria-hidden", "true") in attrs and tag == "text":
                self.hidden = len(self.open)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if len(self.open) == self.hidden:
            self.hidden = 0
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open:
            self.style += data
        elif not self.hidden:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]
