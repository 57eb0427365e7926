"""Writes the first inputs of the fuzz targets to corpus/, and their dictionaries. Needs Pillow for the JPEGs.

python3 tests/fuzz/make_corpus.py    the same files each time; inputs that were found by fuzzing are left alone
"""
import io
import json
import re
import struct
import zipfile
import zlib
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def write(target, name, content):
    path = HERE / "corpus" / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def write_dictionary(target, words):
    quoted = ['"' + "".join(chr(b) if 32 < b < 127 and chr(b) not in '"\\' else f"\\x{b:02x}" for b in word) + '"'
              for word in (w if isinstance(w, bytes) else w.encode() for w in words)]
    (HERE / f"{target}.dict").write_text("\n".join(quoted) + "\n")


def png(width, height, bits, colour, rows, interlaced=0, chunks=()):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced)
    middle = b"".join(chunk(kind, content) for kind, content in chunks)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + middle + chunk(b"IDAT", zlib.compress(rows)) +
            chunk(b"IEND", b""))


def bmp(width, height, bits, pixels, palette=b"", compression=0, masks=b""):
    offset = 54 + len(masks) + len(palette)
    return (b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) +
            struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, 0, 0, 0, len(palette) // 4, 0) +
            masks + palette + pixels)


def exif(orientation, order="<"):
    tiff = (b"II" if order == "<" else b"MM") + struct.pack(order + "HIH", 42, 8, 2)
    tiff += struct.pack(order + "HHIHH", 0x010F, 3, 1, 7, 0) + struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"Exif\0\0" + tiff + struct.pack(order + "I", 0)


def images():
    def ramp(size):
        return bytes(i * 7 % 256 for i in range(size))

    def rows(count, size):
        return b"".join(bytes([y % 5]) + ramp(size) for y in range(count))
    write("images", "grey.png", png(5, 4, 8, 0, rows(4, 5)))
    write("images", "rgb.png", png(5, 4, 8, 2, rows(4, 15)))
    write("images", "rgba16.png", png(3, 2, 16, 6, rows(2, 24)))
    write("images", "grey_alpha.png", png(4, 3, 8, 4, rows(3, 8)))
    write("images", "bits1.png", png(9, 3, 1, 0, rows(3, 2)))
    write("images", "palette.png", png(6, 2, 4, 3, rows(2, 3), chunks=[(b"PLTE", ramp(48)), (b"tRNS", ramp(16))]))
    write("images", "transparent.png", png(3, 2, 8, 2, rows(2, 9), chunks=[(b"tRNS", b"\0\1\0\2\0\3")]))
    write("images", "interlaced.png", png(8, 8, 8, 0, rows(15, 8), interlaced=1))
    write("images", "bomb.png", png(4, 4, 8, 0, bytes(200_000)))
    write("images", "24.bmp", bmp(3, 2, 24, ramp(24)))
    write("images", "32_down.bmp", bmp(3, -2, 32, ramp(24)))
    write("images", "8.bmp", bmp(5, 2, 8, ramp(16), palette=ramp(64)))
    write("images", "1.bmp", bmp(9, 2, 1, ramp(8), palette=ramp(8)))
    write("images", "16_masks.bmp", bmp(2, 2, 16, ramp(8), compression=3, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)))
    write("images", "run_length.bmp", bmp(4, 2, 8, b"\4\1\0\0\4\2\0\1", palette=ramp(16), compression=1))
    write("images", "os2.bmp", b"BM" + struct.pack("<IHHIIHHHH", 38, 0, 0, 26, 12, 2, 2, 1, 24) + ramp(16))
    picture = Image.new("RGB", (20, 12))
    picture.putdata([(x * 12, y * 20, x * y) for y in range(12) for x in range(20)])
    for name, options in {"baseline": {}, "progressive": {"progressive": True}, "sampled": {"subsampling": 0},
                          "restart": {"restart_marker_blocks": 1}, "turned": {"exif": exif(6)[:40]}}.items():
        stream = io.BytesIO()
        picture.save(stream, "JPEG", optimize=True, quality=60, **options)
        write("images", name + ".jpg", stream.getvalue())
    for mode in ("L", "CMYK"):
        stream = io.BytesIO()
        picture.convert(mode).save(stream, "JPEG", optimize=True, quality=40)
        write("images", mode.lower() + ".jpg", stream.getvalue())
    write_dictionary("images", [b"\xff\xd8", b"\xff\xc0", b"\xff\xc2", b"\xff\xc4", b"\xff\xda", b"\xff\xdb", b"\xff\xdd",
                                b"\xff\xd9", b"\xff\xe1", b"\xff\xd0", b"Exif\0\0", b"Adobe", b"JFIF", b"IHDR", b"IDAT",
                                b"IEND", b"PLTE", b"tRNS", b"CgBI", b"BM", b"\x89PNG\r\n\x1a\n"])


def exifs():
    for orientation in (1, 3, 6, 8):
        write("exif", f"little_{orientation}", exif(orientation))
        write("exif", f"big_{orientation}", exif(orientation, ">"))
    write("exif", "cut", exif(6)[:30])


def safetensors():
    def file(header, data=b""):
        text = header if isinstance(header, str) else json.dumps(header)
        return struct.pack("<Q", len(text)) + text.encode() + data
    entry = {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]}
    write("safetensors", "one", file({"a": entry}, bytes(8)))
    types = {name: {"dtype": name, "shape": [1], "data_offsets": [at, at + size]} for name, size, at in
             [("F64", 8, 0), ("I64", 8, 8), ("F32", 4, 16), ("I32", 4, 20), ("BF16", 2, 24), ("U8", 1, 26)]}
    write("safetensors", "types", file({"__metadata__": {"format": "pt"}, **types}, bytes(27)))
    write("safetensors", "empty", file({}))
    write("safetensors", "nothing", file({"a": {"dtype": "U8", "shape": [0, 9], "data_offsets": [0, 0]}}))
    write("safetensors", "unaligned", file({"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]},
                                            "b": {"dtype": "I64", "shape": [], "data_offsets": [1, 9]}}, bytes(9)))
    write("safetensors", "large", file({"a": {**entry, "shape": [2**62, 4], "data_offsets": [0, 2**63 - 1]}}))
    write("safetensors", "deep", file('{"a":' + "[" * 500))
    write("safetensors", "twice", file('{"a":1,"a":2}'))
    write("safetensors", "cut", file({"a": entry}, bytes(7)))
    write_dictionary("safetensors", ['"dtype"', '"shape"', '"data_offsets"', '"__metadata__"', "F32", "F64", "I32", "I64",
                                     "U8", "BF16", "[0,8]", "9223372036854775807", "{}", "[]"])


def voc():
    thing = ("<object><name>cat</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>2.5</ymin><xmax>30</xmax>"
             "<ymax>4e1</ymax></bndbox></object>")
    size = "<size><width>40</width><height>30</height></size>"
    write("voc", "plain.xml", f"<annotation><filename>a.jpg</filename>{size}{thing}{thing}</annotation>")
    write("voc", "declared.xml", f'<?xml version="1.0" encoding="utf-8"?><!-- c --><annotation>{size}</annotation>')
    write("voc", "type.xml", f'<!DOCTYPE a [<!ENTITY b "c">]><annotation>{thing.replace("cat", "&b;&lt;&#65;")}</annotation>')
    write("voc", "cdata.xml", f'<annotation>{thing.replace("cat", "<![CDATA[c]]>")}</annotation>')
    write("voc", "numbers.xml", f'<annotation>{thing.replace("2.5", "nan").replace("30", "1e300")}</annotation>')
    write("voc", "deep.xml", "<a>" * 300)
    write("voc", "cut.xml", f"<annotation>{size}{thing}"[:-9])
    write("voc", "utf16.xml", f"<annotation>{thing}</annotation>".encode("utf-16"))
    write_dictionary("voc", ["<annotation>", "</annotation>", "<object>", "</object>", "<name>", "</name>", "<bndbox>",
                             "</bndbox>", "<xmin>", "</xmin>", "<xmax>", "<size>", "<width>", "<filename>", "<difficult>",
                             "<![CDATA[", "]]>", "<!--", "-->", "<?xml", "?>", "&lt;", "&#", "<!DOCTYPE", "1e300", "nan"])


def coco():
    good = {"info": {"year": 2026}, "categories": [{"id": 2, "name": "cat"}],
            "images": [{"id": 7, "file_name": "a.png", "width": 40, "height": 30}],
            "annotations": [{"id": 1, "image_id": 7, "category_id": 2, "bbox": [2, 3, 10, 20.5], "area": 100.5,
                             "iscrowd": 0, "segmentation": [[1, 2, 3, 4]]}]}
    text = json.dumps(good)
    write("coco", "good.json", text)
    write("coco", "whole_numbers.json", text.replace('"id": 7', '"id": 7.0').replace('"iscrowd": 0', '"iscrowd": true'))
    write("coco", "large_numbers.json", text.replace("20.5", "1e308").replace("100.5", "-1e-308"))
    write("coco", "twice.json", text.replace('"id": 7', '"id": 7, "id": 8'))
    write("coco", "lists_twice.json", text[:-1] + ", " + text[1:])
    write("coco", "array.json", "[" + text + "]")
    write("coco", "deep.json", '{"images": [{"segmentation": ' + "[" * 300)
    write("coco", "cut.json", text[:-30])
    names = ["id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation", "images", "annotations",
             "categories", "file_name", "width", "height", "name"]
    write_dictionary("coco", [f'"{name}":' for name in names] + ["true", "null", "1e308", "9007199254740993", "[]", "{}"])


def yolo():
    box, polygon = "1 0.5 0.25 0.2 0.1", "0 0.4 0.2 0.6 0.2 0.6 0.3 0.4 0.3"
    ultralytics = "path: ../helmets\ntrain: images/train\nval:\n  - images/val\ntest:\nnames:\n  0: head\n  1: 'hat'\n"
    roboflow = "train: ../train/images\nnc: 2\nnames: ['head', \"hat\"]\nroboflow:\n  tags: [[a], {b: c}]\n"

    def both(yaml, labels):
        return yaml.rstrip("\n") + "\n====\n" + labels
    write("yolo", "ultralytics.txt", both(ultralytics, f"{box}\n\n{polygon}\r\n{box} 0.93"))
    write("yolo", "roboflow.txt", both(roboflow, f"\ufeff{polygon}"))
    write("yolo", "aliases.txt", both("a: &a [x, x]\nb: &b [*a, *a]\nnames: *b", box))
    write("yolo", "deep.txt", both("a: " + "[" * 200, box))
    write("yolo", "block.txt", both("names: [a]\ndownload: |\n  import os\n--- \nb: !t >-\n c", "-1e300 nan 2 0x1 inf"))
    write("yolo", "utf16.txt", "names: [a]".encode("utf-16"))
    write("yolo", "many.txt", both("names: {0: a, 2: b, 0: c}", "0 " * 500))
    write_dictionary("yolo", ["names:", "path:", "train:", "val:", "test:", "====\n", "- ", "? ", "&a", "*a", "!!str", "|\n", ">-\n",
                              "%YAML 1.1\n", "---\n", "...\n", "'", "[", "]", "{", "}", "0: ", "0.5 ", "1e300", "nan"])


def results():
    entry = {"image_id": 42, "category_id": 18, "bbox": [258.5, 41.25, 348.5, 243.0], "score": 0.236}
    text = json.dumps([entry, {**entry, "image_id": 7}])
    write("results", "good.json", text)
    write("results", "empty.json", "[]")
    write("results", "object.json", json.dumps(entry))
    write("results", "large_numbers.json", text.replace("258.5", "-1e8").replace("0.236", "1e-400"))
    write("results", "unknown.json", text.replace("42", "18446744073709551615"))
    write("results", "twice.json", text.replace('"score"', '"score": 1, "score"'))
    write("results", "cut.json", text[:-20])
    write_dictionary("results", ['"image_id":', '"category_id":', '"bbox":', '"score":', "42", "7", "17", "18", "1e308", "[]"])


def setting_names():
    page = (ROOT / "apps" / "settings.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([a-z0-9-]+)` \|", page, re.M)


def settings():
    write("settings", "plain.toml", "# a comment\nbatch = 3\nlearning-rate = 0.02\nanchor-sizes = [32, 64.5, 128]\n")
    write("settings", "texts.toml", 'backbone = "resnet18"\nname = \'x\'\ndata = ["a", """b\nc"""]\neval-every = 2\n')
    write("settings", "flags.toml", "antialias = true\nskip-empty = false\nseed = 0xFF\ndrops = []\n")
    write("settings", "twice.toml", "batch = 3\nbatch = 4\n")
    write("settings", "one_line.toml", "seed = 1 batch = 3\n")
    write("settings", "sections.toml", "[a.b]\nc = {d = 1}\n[[e]]\nf.g = 2026-11-28T01:02:03Z\n")
    write("settings", "deep.toml", "a = " + "[" * 300)
    write("settings", "dots.toml", "a" + ".a" * 400 + " = 1")
    write("settings", "numbers.toml", "learning-rate = inf\nmomentum = -nan\nseed = '18446744073709551615'\nsteps = 1_000\n")
    write_dictionary("settings", [name + " = " for name in setting_names()] + ["true", "false", "[", "]", '"""', "'''",
                                                                               "nan", "inf", "1e308", "resnet18"])


def checkpoint():
    classes = {"category_ids": [17, 18], "names": ["cat", "dog"]}
    notes = {"train": {"data": ["scenes"], "split": "train", "limit": 0}, "val": {"data": [], "split": "val", "limit": 0},
             "images": 5, "eval_every": 1.0, "steps_per_eval": 5, "evaluated_step": 0}
    state = {"best_score": -1.0, "best_step": 0, "choices": "", "notes": json.dumps(notes), "step": 12,
             "steps_per_epoch": 5, "total_steps": 65}
    chosen = {"batch": 2, "learning-rate": 0.02, "anchor-sizes": [16, 32], "backbone": "resnet18", "antialias": True}

    def lines(*items):
        return "\n".join(item if isinstance(item, str) else json.dumps(item) for item in items)
    write("checkpoint", "good", lines(chosen, classes, state, "false"))
    write("checkpoint", "detection", lines({}, classes, state, "true"))
    write("checkpoint", "deep", lines('{"anchor-sizes": ' + "[" * 300, classes, state, "true"))
    write("checkpoint", "twice", lines('{"batch": 1, "batch": 2}', classes, state, "true"))
    write("checkpoint", "numbers", lines(chosen, classes, {**state, "step": 1e300, "best_score": 2**64}, "true"))
    write("checkpoint", "notes", lines({}, classes, {**state, "notes": '{"train": ' + "[" * 200}, "true"))
    write("checkpoint", "types", lines({"batch": [2], "antialias": "x", "backbone": None}, {"names": 3}, [], ""))
    names = ["names", "category_ids", "best_score", "best_step", "choices", "notes", "step", "steps_per_epoch",
             "total_steps"]
    write_dictionary("checkpoint", [f'"{name}":' for name in names + setting_names()] + ["true", "null", "1e300", "[]"])


def cifar():
    names = "\n".join("airplane automobile bird cat deer dog frog horse ship truck".split()).encode()
    picture = bytes([9]) + bytes(3072)
    write("cifar", "one", names + b"\0" + picture)
    write("cifar", "label", names + b"\0" + bytes([10]) + picture[1:])
    write("cifar", "cut", names + b"\0" + picture[:100])
    write("cifar", "empty", names + b"\0")
    write("cifar", "nine_names", names[:-6] + b"\0" + picture[:10])
    write("cifar", "blank_lines", names.replace(b"\n", b"\r\n\n") + b"\0\1")


def video():
    def file(parameters, frame_bytes, frames=2, frame="FRAME"):
        samples = bytes(i * 37 % 256 for i in range(frame_bytes))
        return b"YUV4MPEG2 " + parameters.encode() + b"\n" + (frame.encode() + b"\n" + samples) * frames
    write("video", "420", file("W6 H4 F25:1 Ip A1:1 C420jpeg XYSCSS=420JPEG XCOLORRANGE=LIMITED", 36))
    write("video", "420_odd", file("W5 H3 F30000:1001 C420mpeg2 XCOLORRANGE=FULL", 27))
    write("video", "422_odd", file("W5 H3 C422", 33))
    write("video", "444", file("W3 H2 I? A0:0 C444", 18))
    write("video", "mono", file("W7 H1 F0:0 Cmono", 7, frame="FRAME Ip Xa=b"))
    write("video", "cut", file("W6 H4", 36)[:-1])
    write("video", "huge", file("W2147483647 H2147483647", 5))
    write("video", "deep", file("W6 H4 C420p10", 72))
    write("video", "interlaced", file("W6 H4 It", 36))
    write("video", "long", file("W2 H2 X" + "x" * 5000, 6)[:4200])
    write("video", "more", file("W2 H2", 6) + b"x")
    write_dictionary("video", ["YUV4MPEG2", " W", " H", " F", " I", " A", " C", " X", "\nFRAME\n", "FRAME", "420", "420jpeg",
                               "420mpeg2", "420paldv", "422", "444", "mono", "COLORRANGE=FULL", "COLORRANGE=LIMITED", "25:1",
                               "2147483647"])


def weights():
    def text(value):
        return b"X" + struct.pack("<I", len(value)) + value.encode()

    def tensor(key, count, offset, shape, strides, kind="FloatStorage"):
        storage = b"(" + text("storage") + b"ctorch\n" + kind.encode() + b"\n" + text(key) + text("cpu") + b"K" + bytes([count]) + b"tQ"
        def numbers(values):
            return b"(" + b"".join(b"K" + bytes([v]) for v in values) + b"t"
        return (b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K" + bytes([offset]) + numbers(shape) + numbers(strides) +
                b"\x89ccollections\nOrderedDict\n)RtR")

    def dictionary(**members):
        return b"}(" + b"".join(text(name) + value for name, value in members.items()) + b"u"

    def zipped(pickled, elements, method=zipfile.ZIP_STORED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            for name, content in {"data.pkl": b"\x80\x02" + pickled + b".", "byteorder": b"little", **elements}.items():
                archive.writestr(zipfile.ZipInfo("a/" + name), content)
        return out.getvalue()

    def legacy(pickled, keys, elements):
        return (bytes.fromhex("80028a0a6cfc9c46f9206aa850192e") + b"\x80\x02M\xe9\x03.\x80\x02}." + b"\x80\x02" + pickled + b"." +
                b"\x80\x02](" + b"".join(map(text, keys)) + b"e." + elements)
    two = dictionary(a=tensor("0", 6, 0, [2, 3], [3, 1]), b=tensor("1", 4, 1, [3], [1], "HalfStorage"))
    wrapped = dictionary(model=two, epoch=b"K\x03", best=b"G?\xf8" + bytes(6), args=b"N", flag=b"\x88")
    parts = {"data/0": bytes(24), "data/1": bytes(8)}
    numbered = struct.pack("<Q", 6) + bytes(24) + struct.pack("<Q", 4) + bytes(8)
    write("weights", "zip", zipped(two, parts))
    write("weights", "zip_wrapped", zipped(wrapped, parts))
    write("weights", "zip_deflated", zipped(two, parts, zipfile.ZIP_DEFLATED))
    write("weights", "legacy", legacy(wrapped, ["0", "1"], numbered))
    write("weights", "legacy_cut", legacy(two, ["0", "1"], numbered[:-3]))
    write("weights", "beyond", zipped(dictionary(a=tensor("0", 6, 3, [2, 3], [3, 1])), parts))
    write("weights", "expanded", zipped(dictionary(a=tensor("0", 6, 0, [255, 255, 3], [0, 0, 1])), parts))
    write("weights", "code", legacy(b"cos\nsystem\n" + text("true") + b"\x85R", [], b""))
    write_dictionary("weights", ["PK\x03\x04", "PK\x01\x02", "PK\x05\x06", "data.pkl", "data/0", "ctorch._utils\n_rebuild_tensor_v2\n",
                                 "ctorch._utils\n_rebuild_parameter\n", "ctorch\nFloatStorage\n", "ctorch\nHalfStorage\n",
                                 "ccollections\nOrderedDict\n", "X\x07\0\0\0storage", "tQ", ")R", "tR", "}(", "](", "state_dict"])


for make in (images, exifs, safetensors, voc, coco, results, settings, checkpoint, cifar, video, weights, yolo):
    make()
