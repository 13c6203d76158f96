"""Writes README.md, the gallery of the rendered pages in a folder: title, first sentence and a picture of each.

    gallery.py DIRECTORY

The picture is the last of the notebook's cell that carries the tag "gallery", or of the page.
"""

import json
import pathlib
import re
import sys

NOTEBOOKS = pathlib.Path(__file__).resolve().parent.parent / "notebooks"
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)]+\.png)\)")


def picture(page, text):
    """The path of the picture that stands for a page, or None."""
    pictures = PICTURE.findall(text)
    cells = json.loads((NOTEBOOKS / f"{page.stem}.ipynb").read_text())["cells"]
    for index, cell in enumerate(cells):
        if "gallery" in cell["metadata"].get("tags", []):
            pictures = [path for path in pictures if f"/{page.stem}_{index}_" in path]
    return pictures[-1] if pictures else None


def entry(page):
    text = page.read_text()
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    if not title:
        sys.exit(f"{page}: no title (a line that begins with '# ')")
    paragraph = re.search(r"\n\n([^\n#].*?)\n\n", text[title.end() :], re.DOTALL)
    sentence = re.split(r"(?<=[.!?])\s", paragraph[1].replace("\n", " "))[0] if paragraph else ""
    path = picture(page, text)
    shown = f"\n[![{title[1]}]({path})]({page.name})\n" if path else ""
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
