"""Turns the 1,797 handwritten 8x8 digits that scikit-learn carries into IDX files.

    digits.py SOURCE DIRECTORY

SOURCE is scikit-learn's digits.csv.gz, or a wheel of scikit-learn that contains it. The 17 intensities 0..16 become
the bytes round(v * 255 / 16).
"""

import gzip
import hashlib
import os
import struct
import sys
import zipfile

MEMBER = "sklearn/datasets/data/digits.csv.gz"
SHA256 = "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"
SIDE = 8


def read(source):
    if source.endswith(".whl"):
        with zipfile.ZipFile(source) as wheel:
            packed = wheel.read(MEMBER)
    else:
        with open(source, "rb") as file:
            packed = file.read()
    if hashlib.sha256(packed).hexdigest() != SHA256:
        sys.exit(f"{source}: digits.csv.gz is not the file expected (its SHA-256 is not {SHA256})")
    lines = gzip.decompress(packed).decode().split()
    return [[int(float(value)) for value in line.split(",")] for line in lines]


def write(path, sizes, values):
    """Writes unsigned bytes as an IDX file: complete, or not at all."""
    header = struct.pack(f">BBBB{len(sizes)}I", 0, 0, 0x08, len(sizes), *sizes)
    partial = path + ".partial"
    with open(partial, "wb") as file:
        file.write(header + bytes(values))
    os.replace(partial, path)


def main():
    source, directory = sys.argv[1:]
    rows = read(source)
    try:
        os.makedirs(directory, exist_ok=True)
        pixels = [round(value * 255 / 16) for row in rows for value in row[:-1]]
        write(os.path.join(directory, "images-idx3-ubyte"), [len(rows), SIDE, SIDE], pixels)
        write(os.path.join(directory, "labels-idx1-ubyte"), [len(rows)], [row[-1] for row in rows])
    except OSError as error:
        sys.exit(f"the digits can't be written: {error}; set EBM_DATA to a directory that can be")


if __name__ == "__main__":
    main()
