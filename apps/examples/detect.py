"""Detects objects in an image, with the C library and Python's ctypes. numpy is used if it is there.

    python3 detect.py run/best.safetensors photo.jpg
    python3 detect.py run/best.safetensors            an invented image instead of a file
"""
import ctypes
import sys
from ctypes import POINTER, Structure, byref, c_char_p, c_float, c_int32, c_size_t, c_void_p

try:
    import numpy
except ImportError:
    numpy = None

ENCODED, RGB = 0, 1


class Image(Structure):
    _fields_ = [("data", c_void_p), ("byte_count", c_size_t), ("format", c_int32), ("width", c_int32),
                ("height", c_int32), ("row_stride", c_int32)]


class Detection(Structure):
    _fields_ = [("x1", c_float), ("y1", c_float), ("x2", c_float), ("y2", c_float), ("score", c_float),
                ("class_index", c_int32)]


library = ctypes.CDLL("libintertwiner.so.0")
library.intertwiner_last_error.restype = c_char_p


def check(status):
    if status != 0:
        raise RuntimeError(library.intertwiner_last_error().decode())


class Model:
    def __init__(self, path):
        self.handle = c_void_p()
        check(library.intertwiner_open_file(path.encode(), None, byref(self.handle)))

    def close(self):
        check(library.intertwiner_close(self.handle))

    def class_name(self, index):
        name = c_char_p()
        check(library.intertwiner_class_name(self.handle, c_size_t(index), byref(name)))
        return name.value.decode()

    def detect(self, image):
        """Returns the detections in an Image, highest score first."""
        result, first, count = c_void_p(), POINTER(Detection)(), c_size_t()
        check(library.intertwiner_detect(self.handle, byref(image), c_size_t(1), byref(result)))
        check(library.intertwiner_detections(result, c_size_t(0), byref(first), byref(count)))
        found = [Detection.from_buffer_copy(first[i]) for i in range(count.value)]
        check(library.intertwiner_free_result(result))
        return found


def encoded(data):
    """The image in the bytes of a JPEG, PNG or BMP file."""
    return Image(ctypes.cast(c_char_p(data), c_void_p), len(data), ENCODED, 0, 0, 0)


def from_array(array):
    """The image in a numpy array, height×width×3 bytes, RGB. Rows may have gaps; pixels may not."""
    assert array.dtype == numpy.uint8 and array.shape[2] == 3 and array.strides[1:] == (3, 1)
    height, width = array.shape[:2]
    stride = array.strides[0]
    return Image(array.ctypes.data, (height - 1) * stride + 3 * width, RGB, width, height, stride)


def invented(width, height):
    """Pixels with a bright square: a numpy array if numpy is there, else bytes."""
    if numpy is not None:
        pixels = numpy.zeros((height, width, 3), numpy.uint8)
        pixels[height // 4:height // 2, width // 4:width // 2] = 255
        return pixels, from_array(pixels)
    rows = [bytes(255 if width // 4 <= x < width // 2 and height // 4 <= y < height // 2 else 0
                  for x in range(width) for _ in range(3)) for y in range(height)]
    pixels = b"".join(rows)
    return pixels, Image(ctypes.cast(c_char_p(pixels), c_void_p), len(pixels), RGB, width, height, 0)


if __name__ == "__main__":
    model = Model(sys.argv[1])
    if len(sys.argv) > 2:
        with open(sys.argv[2], "rb") as file:
            pixels = file.read()
        image = encoded(pixels)
    else:
        pixels, image = invented(96, 80)
    for d in model.detect(image):
        print(f"{model.class_name(d.class_index)} {d.score:.2f} at {d.x1:.0f}, {d.y1:.0f}")
    model.close()
