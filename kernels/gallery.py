"""Writes README.md, the gallery of the rendered pages in a folder: title, first sentence and last picture of each.

    gallery.py DIRECTORY
"""

import pathlib
import re
import sys

PICTURE = re.compile(r"!\[[^\]]*\]\(([^)]+\.png)\)")


def entry(page):
    text = page.read_text()
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    if not title:
        sys.exit(f"{page}: no title (a line that begins with '# ')")
    paragraph = re.search(r"\n\n([^\n#].*?)\n\n", text[title.end() :], re.DOTALL)
    sentence = re.split(r"(?<=[.!?])\s", paragraph[1].replace("\n", " "))[0] if paragraph else ""
    pictures = PICTURE.findall(text)
    shown = f"\n[![{title[1]}]({pictures[-1]})]({page.name})\n" if pictures else ""
    return f"## [{title[1]}]({page.name})\n\n{sentence}\n{shown}"


def main():
    directory = pathlib.Path(sys.argv[1])
    pages = [page for page in sorted(directory.glob("*.md")) if (directory / f"{page.stem}_files").is_dir()]
    entries = "\n".join(entry(page) for page in pages)
    gallery = directory / "README.md"
    gallery.write_text(f"# Gallery\n\nThe notebooks as `make docs` rendered them.\n\n{entries}")
    print(f"{gallery}: {len(pages)} pages")


if __name__ == "__main__":
    main()
